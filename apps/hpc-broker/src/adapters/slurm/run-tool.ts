import { spawn } from 'node:child_process';
import { refusedWith, SlurmUnavailable } from './slurm-client.ts';

export interface ToolOptions {
  /** All that the tool gets. */
  env: Readonly<Record<string, string>>;
  withinMs: number;
}

/** As slurmctld says it when it could not be asked, or did not answer (slurm_errno.c). */
const UNANSWERED =
  /unable to contact|socket timed out|connection (refused|reset|timed out)|communication connection failure|unable to (process|establish) configuration|failure|transmission|slurmdbd is not/i;

/** What it wrote. Rejects with SlurmRefused when Slurm said no, with SlurmUnavailable when it said nothing. */
export async function runTool(
  tool: string,
  args: readonly string[],
  options: ToolOptions,
  input = '',
): Promise<string> {
  const { env, withinMs } = options;
  const child = spawn(tool, args, { env, stdio: ['pipe', 'pipe', 'pipe'], cwd: '/' });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (bytes: Buffer) => void out.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => void err.push(bytes));
  // It may have ended without reading it.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, withinMs);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (isLate) throw new SlurmUnavailable(`${tool} took longer than ${withinMs / 1_000} s`);
    if (code === 0) return Buffer.concat(out).toString();
    const said = lastLine(Buffer.concat(err).toString());
    if (said === '' || UNANSWERED.test(said)) throw new SlurmUnavailable(`${tool}: ${said || 'no answer'}`);
    throw refusedWith(said);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new SlurmUnavailable(`there is no ${tool} in ${env['PATH']}: install slurm-client`, {
        cause: error,
      });
    }
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** "sbatch: error: Batch job submission failed: Invalid partition name specified" → the last part. */
function lastLine(text: string): string {
  const line = text.trim().split('\n').at(-1) ?? '';
  return line.replace(/^\w+: (error|fatal): (Batch job submission failed: )?/, '');
}
