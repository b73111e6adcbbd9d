import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually, isSkipped } from '@groundwork/service/testing';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toSbatch } from '../../src/domain/export/sbatch.ts';
import { CONF, ensureCluster, missing, slurm } from '../support/slurm-cluster.ts';
import { anyJob, word } from '../exports/any-job.ts';
import { exported } from '../exports/jobs.ts';

let dir: string;

/** sbatch as somebody runs it, in a directory and with an environment of his own. */
function sbatch(script: string, ...options: string[]): string {
  writeFileSync(join(dir, 'job.sbatch'), script);
  const env = { ...process.env, SLURM_CONF: CONF, OF_THE_SUBMITTER: 'yes' };
  const args = ['--parsable', ...options, 'job.sbatch'];
  return execFileSync('sbatch', args, {
    cwd: dir,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

const stateOf = (id: string): string => slurm('squeue', '-h', '-t', 'all', '-j', id, '-o', '%T').trim();

function until(id: string, state: string): Promise<unknown> {
  const states = () => [...new Set(stateOf(id).split('\n'))].join(' ');
  return eventually(() => states() === state, { withinMs: 30_000, everyMs: 200, what: `${id} is ${state}` });
}

const script = (input: object): string => toSbatch(exported({ name: 'job', walltimeSeconds: 60, ...input }));
const read = (name: string): string => readFileSync(join(dir, name), 'utf8');

describe.skipIf(isSkipped({ name: 'exported scripts on Slurm', missing: missing() }))(
  'an exported script in Slurm',
  () => {
    beforeAll(() => ensureCluster(), 90_000);
    beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'exports-slurm-'))));
    afterEach(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));

    it('takes a script of any job', { timeout: 60_000 }, () => {
      fc.assert(
        fc.property(anyJob, fc.array(word, { minLength: 1, maxLength: 3 }), (input, command) => {
          sbatch(script({ ...input, command }), '--test-only');
        }),
        { numRuns: 40 },
      );
    });

    it('runs it with its own environment, and with none of who submits it', { timeout: 40_000 }, async () => {
      const id = sbatch(
        script({
          shell:
            'pwd; ls -A | wc -l; env | grep -c OF_THE_SUBMITTER; printf "%s" "$GREETING"; echo "$GROUNDWORK_JOB_ID" >&2',
          environment: { GREETING: "it's\r\nü\n" },
        }),
      );
      await until(id, 'COMPLETED');
      expect(read(`job-${id}.out`)).toBe(`${dir}/job-${id}-0-1\n0\n0\nit's\r\nü\n`);
      expect(read(`job-${id}.err`)).toBe(`${id}\n`);
    });

    it('runs each element of an array as itself', { timeout: 40_000 }, async () => {
      const id = sbatch(
        script({
          shell: 'echo "$GROUNDWORK_ARRAY_INDEX" >of',
          array: { size: 3, atOnce: 2 },
          outputs: [{ from: 'of', to: join(dir, 'results/{index}') }],
        }),
      );
      await until(id, 'COMPLETED');
      expect(readdirSync(join(dir, 'results'))).toEqual(['0', '1', '2']);
      expect(read('results/2')).toBe('2\n');
    });

    it('runs MPI over its nodes', { timeout: 60_000 }, async () => {
      const id = sbatch(
        script({
          shell: 'echo "$OMPI_COMM_WORLD_RANK of $OMPI_COMM_WORLD_SIZE on $SLURMD_NODENAME with $GREETING"',
          environment: { GREETING: 'hi' },
          mpi: { nodes: 2, ranksPerNode: 2 },
        }),
      );
      await until(id, 'COMPLETED');
      const lines = read(`job-${id}.out`).trim().split('\n').toSorted();
      expect(lines.map((line) => line.replace(/ on \S+/, ''))).toEqual(
        [0, 1, 2, 3].map((rank) => `${rank} of 4 with hi`),
      );
      expect(new Set(lines.map((line) => / on (\S+)/.exec(line)?.[1])).size).toBe(2);
    });

    it(
      'sends the script the signal of its checkpoint, which the program then gets',
      { timeout: 60_000 },
      async () => {
        const id = sbatch(
          script({
            shell: 'trap "echo saved; exit 0" USR1; echo ready; while :; do sleep 0.1; done',
            checkpoint: { graceSeconds: 10 },
            retries: { user: 0 },
          }),
        );
        await eventually(
          () => readdirSync(dir).includes(`job-${id}.out`) && read(`job-${id}.out`) === 'ready\n',
          {
            withinMs: 20_000,
            everyMs: 200,
            what: 'it runs',
          },
        );
        // As it does when time is nearly over with --signal=B:USR1.
        slurm('scancel', '--batch', '--signal=USR1', id);
        await until(id, 'FAILED');
        expect(read(`job-${id}.out`)).toBe('ready\nsaved\n');
      },
    );

    it('takes it back to the queue when it has failed and may be repeated', { timeout: 60_000 }, async () => {
      const id = sbatch(script({ shell: 'exit 3', retries: { user: 1 } }));
      const restarts = () => /Restarts=(\d+)/.exec(slurm('scontrol', 'show', 'job', id))?.[1];
      await eventually(() => restarts() === '1' && stateOf(id) === 'PENDING', {
        withinMs: 30_000,
        everyMs: 200,
        what: `${id} waits again`,
      });
      // Its node may still be ending the first one, whose end Slurm would then take for that of the second.
      await delay(2_000);
      slurm('scontrol', 'update', `job=${id}`, 'StartTime=now');
      await until(id, 'FAILED');
      expect(readdirSync(dir).filter((name) => /^job-\d+-0-/.test(name))).toEqual([
        `job-${id}-0-1`,
        `job-${id}-0-2`,
      ]);
    });
  },
);
