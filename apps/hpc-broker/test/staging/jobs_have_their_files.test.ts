import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JobSpec } from '@groundwork/contracts';
import type { Database } from '@groundwork/database';
import { eventually } from '@groundwork/service/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createStaging } from '../../src/adapters/staging/create-staging.ts';
import { cancel } from '../../src/adapters/postgres/steer.ts';
import type { LocalEngine } from '../../src/adapters/local/local-engine.ts';
import type { Engine } from '../../src/ports/engine.ts';
import type { Staging } from '../../src/ports/staging.ts';
import { startBucket, type Bucket } from '../support/bucket.ts';
import { useDatabases } from '../support/database.ts';
import { endOfJob, startDispatcher } from '../support/dispatcher.ts';
import { job, openLedger, type Ledger } from '../support/ledger.ts';
import { LocalBase } from '../support/local-engines.ts';

const databases = useDatabases();
let database: Database<unknown>;
let ledger: Ledger;
let base: LocalBase;
let bucket: Bucket;
let staging: Staging;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  bucket = await startBucket();
  staging = createStaging(bucket.s3);
});
afterAll(() => bucket.close());
beforeEach(async () => {
  database = await databases.open();
  ledger = openLedger(database);
  base = await LocalBase.make();
});
afterEach(async () => {
  bucket.faults.clear();
  for (const stop of stops.splice(0)) await stop();
  await base.close();
});

interface Settings {
  seconds?: number;
  atOnce?: number;
  staging?: Staging;
}

async function dispatch(engine: LocalEngine, settings: Settings = {}) {
  const dispatcher = await startDispatcher(database, engine, { staging: { staging, ...settings } });
  stops.push(dispatcher.stop);
  return dispatcher;
}

/** Reads its input, says so where every run can be counted, and writes its output. */
const upper = (words: Parameters<typeof job>[0] = {}) =>
  job({
    command: undefined,
    shell: `echo ran >>${base.dir}/ran; tr a-z A-Z <in >out`,
    inputs: [{ from: 's3://data/in', to: 'in' }],
    outputs: [{ from: 'out', to: words.array === undefined ? 's3://data/out' : 's3://data/out-{index}' }],
    retries: { infrastructure: 1, backoffSeconds: 0 },
    ...words,
  });
const runs = async (): Promise<number> =>
  (await readFile(join(base.dir, 'ran'), 'utf8').catch(() => '')).split('\n').length - 1;
const attempts = async (id: string): Promise<{ cause: string; reason: string }[]> =>
  (await database.pool.query(`SELECT cause, reason FROM attempts WHERE job = $1 ORDER BY number`, [id])).rows;

describe('a job', () => {
  it('finds its inputs, and its outputs are stored before it has ended', async () => {
    await bucket.put('in', 'hello');
    const engine = await base.engine();
    const { bell } = await dispatch(engine);
    const { a = '' } = await ledger.submit(upper());
    bell.tell();
    expect(await endOfJob(ledger, a)).toEqual({ state: 'succeeded', reason: null });
    expect((await bucket.read('out')).toString()).toBe('HELLO');
    expect(await readdir(join(engine.directory.path, 'work'))).toEqual([]);
  });

  it('fails for good where an input is not there, and never runs', async () => {
    const engine = await base.engine();
    const { bell } = await dispatch(engine);
    const { a = '' } = await ledger.submit(upper({ inputs: [{ from: 's3://data/no/such', to: 'in' }] }));
    bell.tell();
    expect(await endOfJob(ledger, a)).toEqual({
      state: 'failed',
      reason: expect.stringMatching(
        /s3:\/\/data\/no\/such is not there .*put it there, or correct inputs\[0\]/,
      ),
    });
    expect(await attempts(a)).toMatchObject([{ cause: 'fatal' }]);
    expect(await runs()).toBe(0);
    await eventually(async () => (await readdir(join(engine.directory.path, 'work'))).length === 0);
  });

  it('that has not made its output has failed by itself', async () => {
    const { bell } = await dispatch(await base.engine());
    const shell = `echo ran >>${base.dir}/ran; test $GROUNDWORK_ATTEMPT = 1 || echo >out`;
    const { a = '' } = await ledger.submit(
      upper({ shell, inputs: [], retries: { user: 1, backoffSeconds: 0 } }),
    );
    bell.tell();
    expect(await endOfJob(ledger, a)).toMatchObject({ state: 'succeeded' });
    expect(await attempts(a)).toMatchObject([
      { cause: 'user', reason: expect.stringMatching(/without having made its output out/) },
      { cause: 'success' },
    ]);
    expect(await runs()).toBe(2);
  });

  it('that failed has nothing stored', async () => {
    const { bell } = await dispatch(await base.engine());
    const outputs = [{ from: 'out', to: 's3://data/of-failed' }];
    const { a = '' } = await ledger.submit(upper({ shell: 'echo >out; exit 3', inputs: [], outputs }));
    bell.tell();
    expect(await endOfJob(ledger, a)).toMatchObject({ state: 'failed' });
    expect(await bucket.keys('of-failed')).toEqual([]);
  });

  it('whose output S3 will not take runs again, by its policy, and is told why', async () => {
    bucket.faults.add({ kind: 'error', operation: 's3:PutObject' });
    const { bell } = await dispatch(await base.engine());
    const { a = '' } = await ledger.submit(
      upper({ shell: `echo ran >>${base.dir}/ran; echo >out`, inputs: [] }),
    );
    bell.tell();
    expect(await endOfJob(ledger, a)).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(
        /its work was done, but its output out could not be stored.*retries.infrastructure/,
      ),
    });
    expect(await attempts(a)).toMatchObject([{ cause: 'infrastructure' }, { cause: 'infrastructure' }]);
    expect(await runs()).toBe(2);
  });

  it('whose inputs take too long is given up, as an infrastructure failure', async () => {
    await bucket.put('in', 'hello');
    bucket.faults.add({ kind: 'latency', operation: 's3:GetObject', latencyMs: 60_000 });
    const { bell } = await dispatch(await base.engine(), { seconds: 0.2 });
    const { a = '' } = await ledger.submit(upper({ retries: { infrastructure: 0 } }));
    bell.tell();
    expect(await endOfJob(ledger, a)).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/its inputs could not be brought within 0.2 s/),
    });
  });

  it.each([
    ['had no room', false, 1],
    ['could not start it, and removed its directory', true, 2],
  ])('has its inputs also after its engine %s', async (_what, removes, brought) => {
    await bucket.put('in', 'hello');
    const counted = bucket.faults.add({ kind: 'latency', operation: 's3:GetObject', latencyMs: 0 });
    const engine = await base.engine();
    let refusals = 0;
    const refusing: LocalEngine = {
      ...engine,
      async submit(placements) {
        if (refusals > 0) return engine.submit(placements);
        refusals += 1;
        if (removes) await engine.forget(placements.map(({ name }) => name));
        return placements.map(() => ({ accepted: false, reason: 'not now', forGood: false }));
      },
    };
    const { bell } = await dispatch(refusing);
    const { a = '' } = await ledger.submit(upper());
    bell.tell();
    expect(await endOfJob(ledger, a)).toMatchObject({ state: 'succeeded' });
    expect(bucket.faults.list().find(({ id }) => id === counted.id)?.struck).toBe(brought);
    expect(await runs()).toBe(1);
  });

  it('is refused where its files cannot be brought', async () => {
    const engine: Engine = { ...(await base.engine()) };
    delete engine.workingDirectory;
    const withoutOne = await startDispatcher(database, engine, { staging: { staging } });
    stops.push(withoutOne.stop);
    const { a = '' } = await ledger.submit(upper());
    withoutOne.bell.tell();
    expect(await endOfJob(ledger, a)).toEqual({
      state: 'failed',
      reason: expect.stringMatching(/local has no directory in which this broker could put inputs/),
    });
  });

  it('that is an array has for each element its own', async () => {
    const { bell } = await dispatch(await base.engine());
    for (const at of [0, 1, 2]) await bucket.put(`part-${at}`, `part ${at}`);
    const { a = '' } = await ledger.submit(
      upper({ array: { size: 3 }, inputs: [{ from: 's3://data/part-{index}', to: 'in' }] }),
    );
    bell.tell();
    expect(await endOfJob(ledger, a)).toMatchObject({ state: 'succeeded' });
    for (const at of [0, 1, 2]) expect(String(await bucket.read(`out-${at}`))).toBe(`PART ${at}`);
    const all = upper({ array: { size: 2 }, outputs: [{ from: 'out', to: 's3://data/out' }] });
    expect(JobSpec.safeParse(all).error?.issues[0]?.message).toMatch(/must have \{index\}/);
  });

  it('goes on while the inputs of others are slow', async () => {
    await bucket.put('in', 'hello');
    bucket.faults.add({ kind: 'latency', operation: 's3:GetObject', latencyMs: 60_000 });
    const { bell } = await dispatch(await base.engine({ slots: 2 }), { atOnce: 1 });
    const { slow = '' } = await ledger.submit(upper({ name: 'slow', array: { size: 20 } }));
    bell.tell();
    await eventually(
      async () => (await ledger.elements(slow)).filter((state) => state === 'submitted').length > 1,
    );
    const { quick = '' } = await ledger.submit(job({ name: 'quick', array: { size: 10 } }));
    bell.tell();
    expect(await endOfJob(ledger, quick)).toMatchObject({ state: 'succeeded' });
    expect(await runs()).toBe(0);
  });

  it('does not take room on the disk long before there are cores for it', async () => {
    await bucket.put('in', 'hello');
    // Until the first one has come, all are in line for their inputs.
    bucket.faults.add({ kind: 'latency', operation: 's3:GetObject', latencyMs: 500, times: 1 });
    const engine = await base.engine({ slots: 2 });
    const { bell } = await dispatch(engine, { atOnce: 1 });
    const { a = '' } = await ledger.submit(upper({ array: { size: 12 }, shell: 'sleep 0.1; cp in out' }));
    bell.tell();
    const list = (part: string): Promise<string[]> => readdir(join(engine.directory.path, part));
    const taken = new Set<string>();
    const ahead: number[] = [];
    await eventually(
      async () => {
        const brought = await list('work');
        for (const name of await list('attempts')) taken.add(name);
        ahead.push(brought.filter((name) => !taken.has(name)).length);
        return (await ledger.job(a)).open === 0;
      },
      { everyMs: 1 },
    );
    expect(Math.max(...ahead)).toBeGreaterThan(0);
    expect(Math.max(...ahead)).toBeLessThanOrEqual(2);
  });

  it.each([
    ['its inputs are brought', 's3:GetObject', 0],
    ['its outputs are stored', 's3:PutObject', 1],
  ])('cancelled while %s ends so, and nothing goes on', async (_when, operation, ran) => {
    await bucket.put('in', 'hello');
    const fault = bucket.faults.add({ kind: 'latency', operation, latencyMs: 60_000 });
    const { bell } = await dispatch(await base.engine());
    const { a = '' } = await ledger.submit(upper());
    bell.tell();
    await eventually(() => bucket.faults.list().some(({ id, struck }) => id === fault.id && struck > 0));
    await ledger.within((tx) => cancel(tx, a, 'ann'));
    bell.tell();
    expect(await endOfJob(ledger, a)).toMatchObject({ state: 'cancelled' });
    expect(await attempts(a)).toMatchObject([{ cause: 'cancelled' }]);
    expect(await runs()).toBe(ran);
  });
});

describe('when a broker dies', () => {
  /** What a broker did of staging before it was gone. */
  const points = [
    'before the inputs',
    'after the inputs',
    'before the outputs',
    'after the outputs',
  ] as const;

  it.each(points)(
    '%s were transferred, the next one goes on: one run, and the right files',
    async (point) => {
      await bucket.put('in', 'hello');
      const engine = await base.engine();
      const { staging: dying, reached } = stuckAt(point);
      const key = point.replaceAll(' ', '-');
      const first = await dispatch(engine, { staging: dying });
      const { a = '' } = await ledger.submit(upper({ outputs: [{ from: 'out', to: `s3://data/${key}` }] }));
      first.bell.tell();
      await reached;
      await first.stop();
      await dispatch(engine);
      expect(await endOfJob(ledger, a)).toMatchObject({ state: 'succeeded' });
      expect((await bucket.read(key)).toString()).toBe('HELLO');
      expect(await attempts(a)).toMatchObject([{ cause: 'success' }]);
      expect(await runs()).toBe(1);
    },
  );

  it('half-way through the inputs, the next one brings all of them', async () => {
    await bucket.put('in', 'hello');
    await bucket.put('more/a', 'a');
    await bucket.put('more/b', 'b');
    const slow = bucket.faults.add({
      kind: 'latency',
      operation: 's3:GetObject',
      keyPrefix: 'more/b',
      latencyMs: 60_000,
    });
    const engine = await base.engine();
    const first = await dispatch(engine);
    const inputs = [
      { from: 's3://data/in', to: 'in' },
      { from: 's3://data/more/', to: 'more' },
    ];
    const { a = '' } = await ledger.submit(
      upper({ inputs, shell: 'ls -A . more >out; cat in more/* >>out' }),
    );
    first.bell.tell();
    await eventually(() => bucket.faults.list().some(({ id, struck }) => id === slow.id && struck > 0));
    await first.stop();
    bucket.faults.clear();
    await dispatch(engine);
    expect(await endOfJob(ledger, a)).toMatchObject({ state: 'succeeded' });
    expect((await bucket.read('out')).toString()).toBe('.:\nin\nmore\nout\n\nmore:\na\nb\nhelloab');
  });

  it('nothing is brought into the directory of what runs already', async () => {
    await bucket.put('in', 'hello');
    const engine = await base.engine();
    const first = await dispatch(engine);
    const shell = `while [ ! -e ${base.dir}/go ]; do sleep 0.02; done; cat in >out`;
    const { a = '' } = await ledger.submit(upper({ shell }));
    first.bell.tell();
    await eventually(async () => (await ledger.job(a)).state === 'running');
    await first.stop();
    await bucket.put('in', 'something else');
    const second = await dispatch(engine);
    await ledger.submit(job({ name: 'go', command: undefined, shell: `touch ${base.dir}/go` }));
    second.bell.tell();
    expect(await endOfJob(ledger, a)).toMatchObject({ state: 'succeeded' });
    expect((await bucket.read('out')).toString()).toBe('hello');
  });

  function stuckAt(point: (typeof points)[number]): { staging: Staging; reached: Promise<void> } {
    const { promise: reached, resolve } = Promise.withResolvers<void>();
    const stuck = (signal: AbortSignal): Promise<never> => {
      resolve();
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    };
    const dying: Staging = {
      ...staging,
      async bringInputs(placement, directory, signal) {
        if (point === 'before the inputs') await stuck(signal);
        await staging.bringInputs(placement, directory, signal);
        if (point === 'after the inputs') await stuck(signal);
      },
      async storeOutputs(placement, directory, signal) {
        if (point === 'before the outputs') await stuck(signal);
        await staging.storeOutputs(placement, directory, signal);
        if (point === 'after the outputs') await stuck(signal);
      },
    };
    return { staging: dying, reached };
  }
});
