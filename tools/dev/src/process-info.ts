import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** The command line of a running process; undefined when it has ended or the system does not tell. */
export async function commandOf(pid: number): Promise<string | undefined> {
  try {
    // Slim Linux images have no `ps`.
    const text =
      process.platform === 'linux'
        ? (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ')
        : (await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)])).stdout;
    return text.trim() === '' ? undefined : text.trim();
  } catch {
    return undefined;
  }
}
