import { mkdtemp, mkdir, readdir, rm } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@groundwork/service/testing';
import { CONF, ensureCluster, slurm } from './slurm-cluster.ts';

/** A directory that a broker and the nodes of the cluster share, and what was run there. */
export class SlurmWorld {
  readonly dir: string;

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async make(): Promise<SlurmWorld> {
    await ensureCluster();
    const world = new SlurmWorld(await mkdtemp(join(tmpdir(), 'gw-slurm-')));
    await mkdir(join(world.dir, 'shared'));
    return world;
  }

  /** Of a broker whose only engine is this. */
  get settings(): Record<string, string> {
    return { SLURM_DIR: this.dir, SLURM_CONF: CONF, SLURM_POLL_SECONDS: '1' };
  }

  file(name: string): string {
    return join(this.dir, 'shared', name);
  }

  /** A line for each time that something has happened. */
  lines(name: string): string[] {
    const file = this.file(name);
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }

  /** Until a job has written so many lines. */
  wrote(name: string, count = 1, withinMs = 90_000): Promise<string[]> {
    return eventually(
      () => {
        const lines = this.lines(name);
        return lines.length >= count ? lines : undefined;
      },
      { withinMs, everyMs: 50, what: `${count} lines in ${name}` },
    );
  }

  /** Numbers of what Slurm has of a job, as scancel takes them. */
  jobsOf(id: string): { slurmId: string; name: string; state: string; node: string }[] {
    return slurm('squeue', '-h', '-r', '-o', '%i|%j|%T|%N')
      .split('\n')
      .flatMap((line) => {
        const [slurmId = '', name = '', state = '', node = ''] = line.split('|');
        return name.startsWith(id) ? [{ slurmId, name, state, node }] : [];
      });
  }

  async close(): Promise<void> {
    const attempts = await readdir(join(this.dir, 'slurm')).catch(() => []);
    const ids = [...new Set(attempts.map((name) => name.slice(0, 36)))];
    const left = ids.flatMap((id) => this.jobsOf(id)).map(({ slurmId }) => slurmId);
    if (left.length > 0) slurm('scancel', '-Q', ...left);
    await eventually(() => ids.every((id) => this.jobsOf(id).length === 0), {
      withinMs: 30_000,
      everyMs: 200,
    });
    await rm(this.dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
