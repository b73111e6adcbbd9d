import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { batchCommand } from '../../src/domain/export/batch-wrapper.ts';
import { toSbatch } from '../../src/domain/export/sbatch.ts';
import { ShellBench, type Ran } from './bench-of-shells.ts';
import { exported } from './jobs.ts';

let bench: ShellBench;
beforeEach(() => void (bench = new ShellBench()));
afterEach(() => bench.close());

interface Target {
  run(input: object, given?: { code?: number; attempt?: number }): Ran;
}

const slurm: Target = {
  run(input, { code = 0, attempt = 1 } = {}) {
    const job = exported({ name: 'job', command: [bench.program], ...input });
    const env = {
      SLURM_JOB_ID: '42',
      SLURM_JOB_USER: 'somebody',
      SLURM_RESTART_COUNT: String(attempt - 1),
      ...(job.spec.array === undefined ? {} : { SLURM_ARRAY_JOB_ID: '41', SLURM_ARRAY_TASK_ID: '7' }),
    };
    return bench.run(['bash', bench.file('job.sbatch', toSbatch(job))], { env, code });
  },
};
const batch = (shell: string): Target => ({
  run(input, { code = 0, attempt = 1 } = {}) {
    const { spec } = exported({ name: 'job', command: [bench.program], ...input });
    const [, ...args] = batchCommand(spec);
    const env = {
      ...spec.environment,
      AWS_BATCH_JOB_ID: spec.array === undefined ? 'abc' : 'abc:7',
      AWS_BATCH_JOB_ATTEMPT: String(attempt),
      ...(spec.array === undefined ? {} : { AWS_BATCH_JOB_ARRAY_INDEX: '7' }),
    };
    // As a container has it: a session of its own.
    return bench.run(['setsid', '-w', shell, ...args], { env, code });
  },
});

const OUTPUT = { outputs: [{ from: 'a b.csv', to: 's3://bucket/{index}/b.csv' }], array: { size: 10 } };
const CHECKPOINT = { checkpoint: { signal: 'SIGUSR1', graceSeconds: 60 } };

describe.each([
  ['A script for Slurm', slurm],
  ['The command of a container, in dash', batch('/bin/dash')],
  ['The command of a container, in bash', batch('/bin/bash')],
])('%s', (_, target) => {
  it('hands over the words as they are', () => {
    expect(target.run({ command: [bench.program, "it's", '$HOME', ''] }).words).toEqual([
      "it's",
      '$HOME',
      '',
    ]);
  });

  it('says which element and which attempt it is', () => {
    const { environment } = target.run({ array: { size: 10 }, resources: { cores: 2 } }, { attempt: 2 });
    expect(environment).toMatchObject({
      GROUNDWORK_ARRAY_INDEX: '7',
      GROUNDWORK_ELEMENT: '7',
      GROUNDWORK_ATTEMPT: '2',
      GROUNDWORK_CORES: '2',
    });
    expect(environment['TMPDIR']).toBe(environment['GROUNDWORK_SCRATCH']);
  });

  it('ends with the code of the program', () => {
    expect(target.run({}, { code: 0 }).code).toBe(0);
    expect(target.run({}, { code: 9 }).code).toBe(9);
    expect(target.run(CHECKPOINT, { code: 9 }).code).toBe(9);
  });

  it('follows the first rule for an exit code', () => {
    const exitCodes = [
      { codes: [5, '10-12'], means: 'success' },
      { codes: [11, 0], means: 'user' },
    ];
    const codeOf = (code: number) => target.run({ exitCodes }, { code }).code;
    expect([5, 11, 0, 13].map(codeOf)).toEqual([0, 0, 1, 13]);
  });

  it('brings what it needs before, and does not start without', () => {
    const inputs = [
      { from: 's3://bucket/{index}/in.csv', to: 'data/' },
      { from: 's3://bucket/all/', to: 'all' },
    ];
    const ran = target.run({ inputs, array: { size: 10 } });
    expect(ran.calls.map((call) => call.slice(-2))).toEqual([
      ['s3://bucket/7/in.csv', './data/in.csv'],
      ['s3://bucket/all/', './all/'],
    ]);
    // The tool has brought nothing below all/.
    expect([ran.code, ran.words]).toEqual([1, undefined]);
    expect(ran.stderr).toContain('inputs[1] could not be brought: s3://bucket/all/');
    bench.failing('aws');
    const failed = target.run({ inputs: inputs.slice(0, 1) });
    expect([failed.code, failed.words]).toEqual([1, undefined]);
  });

  it('brings and stores files and directories of file systems', () => {
    const from = bench.file('from/sub/one.txt', 'one').replace('/sub/one.txt', '/');
    const to = join(bench.dir, 'to');
    const inputs = [{ from, to: 'in' }];
    const outputs = [
      { from: 'in/sub/one.txt', to: `${to}/file/` },
      { from: 'in', to: `${to}/all` },
    ];
    expect(target.run({ inputs, outputs })).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(`${to}/file/one.txt`, 'utf8')).toBe('one');
    expect(readFileSync(`${to}/all/sub/one.txt`, 'utf8')).toBe('one');
  });

  it('stores what it has made, once it has succeeded', () => {
    bench.before('echo made >"a b.csv"\n');
    const ran = target.run(OUTPUT);
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(ran.calls).toEqual([
      ['aws', 's3', 'cp', '--only-show-errors', './a b.csv', 's3://bucket/7/b.csv'],
    ]);
    expect(target.run(OUTPUT, { code: 3 })).toMatchObject({ code: 3, calls: [] });
    bench.failing('aws');
    const failed = target.run(OUTPUT);
    expect([failed.code, failed.stderr.includes('outputs[0] could not be stored')]).toEqual([1, true]);
  });

  it('that has not made its outputs has failed, and stores none', () => {
    bench.before('echo made >"a b.csv"\n');
    const outputs = [...OUTPUT.outputs, { from: 'absent', to: 's3://bucket/{index}/absent' }];
    const ran = target.run({ ...OUTPUT, outputs });
    expect([ran.code, ran.calls]).toEqual([1, []]);
    expect(ran.stderr).toContain('without having made its outputs');
  });

  it('hands the signal of the checkpoint on to what handles it, and not to the shell around', () => {
    const sent = target === slurm ? 'USR1' : 'TERM';
    const inner = `import os,signal,time
def save(*_):
    open('saved','w').close()
    raise SystemExit(0)
signal.signal(signal.SIGUSR1, save)
os.kill(int(open('/proc/self/environ').read().split('ASKED=')[1].split(chr(0))[0]), signal.SIG${sent})
time.sleep(10)
`;
    writeFileSync(join(bench.dir, 'inner.py'), inner);
    // Who is asked is the parent of the subshell that it is started by.
    const script = `ASKED=$(/usr/bin/awk '{ print $4 }' "/proc/$PPID/stat") /usr/bin/python3 ${bench.dir}/inner.py; code=$?; ls saved >&2; exit $code`;
    const ran = target.run({ shell: script, command: undefined, ...CHECKPOINT, ...OUTPUT });
    // It has ended well, but has not done its work.
    expect([ran.code, ran.calls]).toEqual([1, []]);
    expect(ran.stderr).toContain('saved');
  });
});

describe('A script for Slurm', () => {
  it('is taken back to the queue as often as its budget says', () => {
    const requeued = (input: object, code: number, attempt: number) =>
      slurm.run(input, { code, attempt }).calls.map((call) => call.join(' '));
    const twice = { retries: { user: 2 } };
    expect(requeued(twice, 1, 1)).toEqual(['scontrol requeue 42']);
    expect(requeued(twice, 1, 2)).toEqual(['scontrol requeue 42']);
    expect(requeued(twice, 1, 3)).toEqual([]);
    expect(requeued(twice, 0, 1)).toEqual([]);
    expect(requeued({}, 1, 1)).toEqual([]);
    const rules = {
      retries: { user: 2, infrastructure: 1 },
      exitCodes: [
        { codes: [7], means: 'fatal' },
        { codes: [8], means: 'infrastructure' },
      ],
    };
    expect(requeued(rules, 7, 1)).toEqual([]);
    expect(requeued(rules, 8, 1)).toEqual(['scontrol requeue 42']);
    expect(requeued(rules, 8, 2)).toEqual([]);
  });

  it('has all the walltime before the signal, and all the grace after it', () => {
    for (const [walltimeSeconds, graceSeconds] of [
      [1, 1],
      [60, 60],
      [3_600, 600],
    ] as const) {
      const text = toSbatch(
        exported({ name: 'job', command: ['a'], walltimeSeconds, checkpoint: { graceSeconds } }),
      );
      const end = Number(/--time=(\d+)/.exec(text)?.[1]) * 60;
      const before = Number(/--signal=B:USR1@(\d+)/.exec(text)?.[1]);
      expect(before).toBeGreaterThanOrEqual(graceSeconds);
      // Slurm may be a minute early.
      expect(end - before - 60).toBeGreaterThanOrEqual(walltimeSeconds);
    }
  });

  it('says what it waits for, in an order that Slurm can keep', () => {
    const parent = { id: 'x', when: 'afterok', each: false } as const;
    const text = toSbatch(
      exported({ name: 'job', command: ['a'] }, [
        { ...parent, name: 'one' },
        { ...parent, name: 'two', each: true },
        { ...parent, name: 'three', when: 'afterany' },
      ]),
    );
    expect(text).toContain(
      '--dependency=afterok:ID-OF-one,aftercorr:ID-OF-two,afterany:ID-OF-three job.sbatch',
    );
  });
});

describe('The containers of a job over several nodes', () => {
  const HOSTS = '/tmp/groundwork-hosts';
  afterEach(() => rmSync(HOSTS, { force: true }));

  it('gather, and only the main one starts the ranks, with what they are to know', async () => {
    const { spec } = exported({
      name: 'job',
      command: ['solve', 'x'],
      environment: { A: '1' },
      mpi: { nodes: 2, ranksPerNode: 3 },
    });
    // What the image has to have: nothing listens before sshd does.
    bench.tool('sshd', 'touch "$here/listens"; [ "$1" != -D ] || touch "$here/serves"');
    bench.tool('ssh', '[ -e "$here/listens" ] || exit 1; for last; do :; done; sh -c "$last"');
    bench.tool('ip', 'echo "10.0.0.1 dev eth0 src 10.0.0.2 uid 0"');
    const node = (index: number): Promise<number | null> => {
      const env = {
        PATH: `${bench.dir}:/usr/bin:/bin`,
        AWS_BATCH_JOB_ID: `abc#${index}`,
        AWS_BATCH_JOB_ATTEMPT: '1',
        AWS_BATCH_JOB_NODE_INDEX: String(index),
        AWS_BATCH_JOB_MAIN_NODE_INDEX: '0',
        ...(index === 0 ? {} : { AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS: '10.0.0.1' }),
      };
      const [program = '', ...args] = batchCommand(spec);
      const child = spawn(program, args, { env, stdio: 'ignore', timeout: 20_000 });
      return new Promise((resolve) => child.once('exit', resolve));
    };
    bench.endsWith(0);
    const worker = node(1);
    expect(await Promise.all([node(0), worker])).toEqual([0, 0]);
    expect(readFileSync(HOSTS, 'utf8')).toBe('localhost slots=3\n10.0.0.2 slots=3\n');
    const own = '-x A -x GROUNDWORK_JOB_ID -x GROUNDWORK_ELEMENT -x GROUNDWORK_ATTEMPT -x GROUNDWORK_CORES';
    expect(bench.words()?.join(' ')).toBe(`-np 6 --hostfile ${HOSTS} ${own} solve x`);
    expect(existsSync(join(bench.dir, 'serves'))).toBe(true);
  });
});
