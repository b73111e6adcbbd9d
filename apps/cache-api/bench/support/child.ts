import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface Running {
  /** Of the processes whose CPU counts. */
  pids: () => number[];
  port: number;
  stop: () => Promise<void>;
}

/** None of them outlives the benchmark, not even when it is stopped in the middle. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A server of its own process; resolves when it takes connections. */
export async function startChild(
  command: readonly string[],
  port: number,
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { env: { ...path(), ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2_000)));
  running.add(child);
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`${command.join(' ')} ended: ${said}`);
    await delay(20);
  }
  return { port, pids: () => [child.pid!], stop: () => end(child) };
}

const path = (): Record<string, string> => ({ PATH: process.env['PATH'] ?? '' }); // eslint-disable-line node/no-process-env

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(Boolean(socket.destroy())));
    socket.once('error', () => resolve(false));
  });
}
