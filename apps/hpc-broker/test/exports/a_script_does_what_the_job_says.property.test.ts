import { spawnSync } from 'node:child_process';
import { JobSpec } from '@groundwork/contracts';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { toSbatch } from '../../src/domain/export/sbatch.ts';
import { anyJob, word } from './any-job.ts';
import { ShellBench } from './bench-of-shells.ts';
import { exported } from './jobs.ts';

const bench = new ShellBench();
afterAll(() => bench.close());

const SLURM = { SLURM_JOB_ID: '42', SLURM_JOB_USER: 'somebody', OF_THE_SUBMITTER: 'yes' };
const TASK = { ...SLURM, SLURM_ARRAY_JOB_ID: '41', SLURM_ARRAY_TASK_ID: '7', SLURM_RESTART_COUNT: '1' };
const words = fc.array(word, { maxLength: 4 });

describe('A script for Slurm', () => {
  it('starts the program with the words and the environment of the job, whatever is in them', () => {
    fc.assert(
      fc.property(anyJob, words, (input, args) => {
        const command = [bench.program, ...args];
        const job = exported({ name: 'job', command, ...input });
        const { spec } = job;
        const script = bench.file('job.sbatch', toSbatch(job));
        expect(spawnSync('bash', ['-n', script], { encoding: 'utf8' })).toMatchObject({
          status: 0,
          stderr: '',
        });
        const isArray = spec.array !== undefined;
        const ran = bench.run(['bash', script], { env: isArray ? TASK : SLURM });
        const given = spec.mpi && ['-np', String(spec.mpi.nodes * spec.mpi.ranksPerNode), bench.program];
        expect(ran.words, ran.stderr).toEqual([...(given ?? []), ...args]);
        expect(own(ran.environment)).toEqual(expected(spec, isArray));
      }),
      { numRuns: 60 },
    );
    // Each run starts a dozen processes.
  }, 120_000);

  it('is told by Slurm in no line but those that are meant so', () => {
    fc.assert(
      fc.property(
        anyJob,
        word.filter((text) => text !== ''),
        (input, script) => {
          const text = toSbatch(exported({ name: 'job', shell: script, ...input }));
          // sbatch takes no script that has it anywhere.
          expect(text).not.toContain('\r\n');
          const lines = text.split('\n');
          // sbatch reads on until the first line that is no comment.
          const head = lines.slice(
            0,
            lines.findIndex((line) => !line.startsWith('#')),
          );
          const options = head.filter((line) => line.startsWith('#SBATCH'));
          expect(options).toHaveLength(new Set(options.map((line) => line.split('=')[0])).size);
          expect(options).toContain(`#SBATCH --nodes=${'mpi' in input ? input.mpi.nodes : 1}`);
        },
      ),
      { numRuns: 200 },
    );
  });
});

function own(environment: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^(SLURM_.*|_|PWD|OLDPWD|SHLVL)$/.test(name)),
  );
}

function expected({ environment, mpi, resources }: JobSpec, isArray: boolean): object {
  const scratch = expect.stringMatching(isArray ? /\/job-41-7-2$/ : /\/job-42-0-1$/);
  return {
    PATH: `/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin${mpi === undefined ? '' : `:${bench.dir}:${bench.dir}`}`,
    HOME: expect.stringMatching(/^\//),
    TMPDIR: scratch,
    LANG: 'C.UTF-8',
    USER: 'somebody',
    LOGNAME: 'somebody',
    ...(mpi === undefined ? {} : { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' }),
    ...environment,
    GROUNDWORK_JOB_ID: isArray ? '41' : '42',
    GROUNDWORK_ELEMENT: isArray ? '7' : '0',
    ...(isArray ? { GROUNDWORK_ARRAY_INDEX: '7' } : {}),
    GROUNDWORK_ATTEMPT: isArray ? '2' : '1',
    GROUNDWORK_CORES: String(resources.cores),
    GROUNDWORK_SCRATCH: scratch,
  };
}
