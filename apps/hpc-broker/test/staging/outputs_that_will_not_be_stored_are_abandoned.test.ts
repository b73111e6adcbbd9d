import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '@groundwork/database';
import { eventually } from '@groundwork/service/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createStaging } from '../../src/adapters/staging/create-staging.ts';
import { cancel } from '../../src/adapters/postgres/steer.ts';
import type { LocalEngine } from '../../src/adapters/local/local-engine.ts';
import type { Staging } from '../../src/ports/staging.ts';
import { startBucket, type Bucket } from '../support/bucket.ts';
import { useDatabases } from '../support/database.ts';
import { endOfJob, startDispatcher } from '../support/dispatcher.ts';
import { job, openLedger, type Ledger } from '../support/ledger.ts';
import { LocalBase } from '../support/local-engines.ts';
import { startGate, type Gate } from '../support/s3-gate.ts';
import { PART_BYTES, PARTS } from '../support/staging-world.ts';

const databases = useDatabases();
let database: Database<unknown>;
let ledger: Ledger;
let base: LocalBase;
let bucket: Bucket;
let gate: Gate;
let staging: Staging;
type LocalEngineOfTest = Awaited<ReturnType<LocalBase['engine']>>;

const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  bucket = await startBucket();
  gate = await startGate(bucket.endpoint);
  staging = createStaging(bucket.clientOf(gate.endpoint), { partBytes: PART_BYTES });
});
afterAll(async () => {
  await gate.close();
  await bucket.close();
});
beforeEach(async () => {
  database = await databases.open();
  ledger = openLedger(database);
  base = await LocalBase.make();
});
afterEach(async () => {
  gate.open();
  gate.taken();
  bucket.faults.clear();
  for (const stop of stops.splice(0)) await stop();
  await base.close();
});

async function dispatch(engine: LocalEngine) {
  const dispatcher = await startDispatcher(database, engine, { staging: { staging } });
  stops.push(dispatcher.stop);
  return dispatcher;
}

const large = (key: string) =>
  job({
    command: undefined,
    // A second run of one attempt, which only an engine that has lost the first makes, fails.
    shell: `head -c ${PART_BYTES * (PARTS - 1) + 1} /dev/urandom >out; mkdir ${base.dir}/ran-$GROUNDWORK_ATTEMPT`,
    outputs: [{ from: 'out', to: `s3://data/${key}` }],
    retries: { infrastructure: 1, backoffSeconds: 0 },
  });

/** Nothing is open in S3, and nothing is left beside the work directories. */
async function expectNothingLeft(engine: LocalEngineOfTest): Promise<void> {
  expect(await bucket.openUploads()).toEqual([]);
  await eventually(async () => (await readdir(join(engine.directory.path, 'work'))).length === 0);
}

/** A broker that has stopped while it stored a large output. */
async function stoppedWhileStoring(key: string) {
  const engine = await base.engine();
  const held = gate.holdAt({ asked: 'part', after: 3, of: 'request' });
  const first = await dispatch(engine);
  const { a = '' } = await ledger.submit(large(key));
  first.bell.tell();
  await held;
  await eventually(async () => (await bucket.partsOf(key)).length === 3);
  await first.stop();
  gate.open();
  gate.taken();
  return { engine, id: a };
}

describe('a large output', () => {
  it('whose broker stops is gone on with by the next one', async () => {
    const { engine, id } = await stoppedWhileStoring('gone-on-with');
    await dispatch(engine);
    expect(await endOfJob(ledger, id)).toMatchObject({ state: 'succeeded' });
    expect(gate.taken().filter((asked) => asked === 'part')).toHaveLength(PARTS - 3);
    expect(await bucket.read('gone-on-with')).toHaveLength(PART_BYTES * (PARTS - 1) + 1);
    await expectNothingLeft(engine);
  });

  it('of a job that is cancelled while it is stored is abandoned', async () => {
    const engine = await base.engine();
    const held = gate.holdAt({ asked: 'part', after: 2, of: 'request' });
    const { bell } = await dispatch(engine);
    const { a = '' } = await ledger.submit(large('cancelled'));
    bell.tell();
    await held;
    await ledger.within((tx) => cancel(tx, a, 'ann'));
    bell.tell();
    expect(await endOfJob(ledger, a)).toMatchObject({ state: 'cancelled' });
    await expectNothingLeft(engine);
    expect(await bucket.keys('cancelled')).toEqual([]);
  });

  it('of a job that is cancelled while no broker is there is abandoned by the next one', async () => {
    const { engine, id } = await stoppedWhileStoring('cancelled-meanwhile');
    await ledger.within((tx) => cancel(tx, id, 'ann'));
    // Else it might be stored before the next broker hears of that.
    void gate.holdAt({ asked: 'part', after: 0, of: 'request' });
    await dispatch(engine);
    expect(await endOfJob(ledger, id)).toMatchObject({ state: 'cancelled' });
    await expectNothingLeft(engine);
  });

  it('that S3 does not take is abandoned, and the next attempt begins its own', async () => {
    bucket.faults.add({ kind: 'error', operation: 's3:UploadPart' });
    const engine = await base.engine();
    const { bell } = await dispatch(engine);
    const { a = '' } = await ledger.submit(large('not-taken'));
    bell.tell();
    expect(await endOfJob(ledger, a)).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/its output out could not be stored/),
    });
    expect(gate.taken().filter((asked) => asked === 'begin')).toHaveLength(2);
    await expectNothingLeft(engine);
  });

  it('of an attempt that its engine lost, and that fails when it runs again, is abandoned', async () => {
    const { engine, id } = await stoppedWhileStoring('lost');
    await engine.forget((await engine.known?.()) ?? []);
    await dispatch(engine);
    expect(await endOfJob(ledger, id)).toMatchObject({ state: 'failed' });
    await expectNothingLeft(engine);
    expect(await bucket.keys('lost')).toEqual([]);
  });
});
