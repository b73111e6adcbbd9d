import { mkdirSync, readFileSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandOf } from './process-info.ts';

/** What the stack writes into its state folder. */
export const STATE = {
  pid: 'supervisor.pid',
  postgres: 'postgres',
  unfinished: 'postgres.unfinished',
  sandbox: 'aws-sandbox',
  hpc: 'hpc-local',
} as const;

/**
 * Two stacks on one folder would take each other's databases away, even on other
 * ports. Returns the sentence to refuse with, or undefined when the folder is free.
 */
export async function stateInUse(dir: string): Promise<string | undefined> {
  const pid = Number(readIfThere(join(dir, STATE.pid)));
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return undefined;
  // After a crash or in a new container, the number may belong to anybody.
  const command = await commandOf(pid);
  if (command?.includes('tools/dev/src/main.ts') !== true) return undefined;
  return `${dir} is in use by a running stack (pid ${pid}). Stop it first, or use another folder: GROUNDWORK_STATE_DIR=${dir}-2`;
}

export function claimState(dir: string): void {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, STATE.pid), `${process.pid}\n`);
}

/** Removes what the stack has written, and the folder itself unless something else is in it. */
export function forgetState(dir: string): void {
  for (const name of Object.values(STATE)) rmSync(join(dir, name), { recursive: true, force: true });
  try {
    if (readdirSync(dir).length === 0) rmdirSync(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
