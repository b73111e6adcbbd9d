import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { basename } from 'node:path';
import { HOST } from './config.ts';
import { commandOf } from './process-info.ts';
import type { ProcessSpec } from './processes.ts';

const LAST_PORT = 65_535;

/** A sentence for each pair of processes that were given the same port. */
export function sharedPorts(specs: readonly ProcessSpec[]): string[] {
  return specs.flatMap((one, i) =>
    specs
      .slice(i + 1)
      .filter((other) => other.port === one.port)
      .map((other) => {
        const names = [one.portSetting, other.portSetting].toSorted().join(' and ');
        return `${names} are both ${one.port}; give one of them another port.`;
      }),
  );
}

/** A sentence for each process whose port somebody else has. */
export async function busyPorts(specs: readonly ProcessSpec[]): Promise<string[]> {
  const sentences = await Promise.all(
    specs.map(async ({ name, port, portSetting }) => {
      if (await isFree(port)) return [];
      const holder = await holderOf(port);
      const who = holder === undefined ? 'another process' : holder;
      return [
        `Port ${port}, meant for ${name}, is held by ${who}. Stop it, or move ${name}: ${portSetting}=${elsewhere(port)} npm start`,
      ];
    }),
  );
  return sentences.flat();
}

function elsewhere(port: number): number {
  return port + 1_000 <= LAST_PORT ? port + 1_000 : port - 1_000;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(true)));
  });
}

/** `node (pid 123)`, if this system tells. */
async function holderOf(port: number): Promise<string | undefined> {
  try {
    const pid = process.platform === 'linux' ? await pidFromProc(port) : await pidFromLsof(port);
    if (pid === undefined) return undefined;
    const [program = 'a process'] = ((await commandOf(Number(pid))) ?? '').split(' ');
    return `${basename(program)} (pid ${pid})`;
  } catch {
    return undefined;
  }
}

async function pidFromLsof(port: number): Promise<string | undefined> {
  const { stdout } = await promisify(execFile)('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-t']);
  return stdout.trim().split('\n')[0];
}

/** Linux without lsof: the socket's inode from /proc/net/tcp, then whoever has it open. */
async function pidFromProc(port: number): Promise<string | undefined> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((table) => readFile(`/proc/net/${table}`, 'utf8').catch(() => '')),
  );
  const LISTEN = '0A';
  const inode = tables
    .flatMap((table) => table.split('\n'))
    .map((line) => line.trim().split(/\s+/))
    .find((fields) => fields[1]?.endsWith(`:${hex}`) === true && fields[3] === LISTEN)?.[9];
  if (inode === undefined) return undefined;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const fd of descriptors) {
      if ((await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')) === `socket:[${inode}]`) return pid;
    }
  }
  return undefined;
}
