import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually } from '@groundwork/service/testing';

const PROGRAM = fileURLToPath(new URL('../../../../tools/slurm/cluster.sh', import.meta.url));
/** Of tests: one cluster for all of their files, which test/global-setup.ts stops. */
const BASE = join(tmpdir(), 'groundwork-slurm-tests');
const LOCK = `${BASE}.starting`;
/** Number of the process that stops it again: others may run tests on this machine at the same time. */
const OWNER = `${BASE}.owner`;

export const NODES = 4;
export const NODE_CORES = 4;
export const CONF = process.env['SLURM_CONF'] ?? join(BASE, 'etc/slurm.conf');
export const REST_URL = 'http://127.0.0.1:6820';

/** Why there can be no cluster here. */
export function missing(): string | undefined {
  if (process.env['SLURM_CONF'] !== undefined) return undefined;
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'a cluster is started as root, on Linux';
  const isThere =
    spawnSync('sh', [
      '-c',
      'for p in slurmctld slurmrestd slurmdbd mariadbd munged mpicc; do command -v $p || exit 1; done',
    ]).status === 0;
  return isThere ? undefined : 'no slurmctld, slurmrestd or slurmdbd: bash tools/slurm/cluster.sh install';
}

/** One that somebody else has started is used as it is. `owner`: the process that calls stopCluster, of a test file vitest. */
export async function ensureCluster(owner = process.ppid): Promise<void> {
  if (isUp()) return;
  try {
    mkdirSync(LOCK);
  } catch {
    // Another file of tests is about to.
    await eventually(() => isUp(), { withinMs: 60_000, everyMs: 200, what: 'the Slurm cluster' });
    return;
  }
  try {
    await promisify(execFile)('bash', [PROGRAM, 'up', BASE], { timeout: 60_000 });
    writeFileSync(OWNER, String(owner));
  } finally {
    rmdirSync(LOCK);
  }
}

export function stopCluster(): void {
  const isOurs = existsSync(OWNER) && readFileSync(OWNER, 'utf8') === String(process.pid);
  if (!isOurs) return;
  execFileSync('bash', [PROGRAM, 'down', BASE], { stdio: 'ignore' });
  rmSync(OWNER);
  rmSync(BASE, { recursive: true, force: true });
}

/** Starts a node again that was killed. */
export function startNode(name: string): void {
  execFileSync('bash', [PROGRAM, 'node', baseOf(CONF), name], { stdio: 'ignore' });
}

/** The process that Slurm knows a node by. */
export const pidFileOf = (name: string): string => join(baseOf(CONF), 'run', `slurmd.${name}.pid`);

/** A tool of Slurm, as an administrator uses it. */
export function slurm(tool: string, ...args: string[]): string {
  return execFileSync(tool, args, { env: { ...process.env, SLURM_CONF: CONF } }).toString();
}

const baseOf = (conf: string): string => conf.replace(/\/etc\/slurm\.conf$/, '');

function isUp(): boolean {
  if (!existsSync(CONF) || existsSync(LOCK)) return false;
  const env = { ...process.env, SLURM_CONF: CONF };
  return spawnSync('timeout', ['3', 'scontrol', 'ping'], { env }).stdout?.toString().includes('UP') ?? false;
}
