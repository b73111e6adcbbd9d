import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { Drift, Sweep, SweepRequest } from '@groundwork/contracts';
import { eventually } from '@groundwork/service/testing';
import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sourceNote } from '../src/adapters/s3-thumbnails.ts';
import { converge } from '../src/domain/converge.ts';
import { createNameFilter, onlyWanted } from '../src/domain/filter.ts';
import { tend } from '../src/domain/handle-change.ts';
import { derivativeKey } from '../src/domain/keys.ts';
import { advance, type SweepParts } from '../src/domain/sweep.ts';
import { distinctJpeg } from './support/pictures.ts';
import { startStack, type Stack } from './support/stack.ts';

const signal = new AbortController().signal;

let stack: Stack;
beforeEach(async () => {
  stack = await startStack();
});
afterEach(() => stack.close());

const start = async (kind: string, body: Partial<SweepRequest>, key?: string) => {
  const post = request(stack.app).post(`/v1/${kind}s`).send(body);
  const answer = await (key === undefined ? post : post.set('idempotency-key', key));
  expect(answer.status).toBe(202);
  return answer.body as Sweep;
};
const finished = (kind: string, id: string) =>
  eventually(async () => {
    const { body } = (await request(stack.app).get(`/v1/${kind}s/${id}`)) as { body: Sweep };
    return body.state === 'finished' ? body : undefined;
  });
/** What a reconciliation that changes nothing reports. */
async function drift(): Promise<Partial<Record<Drift, number>>> {
  const { id } = await start('reconciliation', { apply: false });
  return (await finished('reconciliation', id)).found;
}

describe('a reconciliation', () => {
  it('finds what lost notifications left, changes nothing on a dry run, and puts it right when asked to', async () => {
    await Promise.all([stack.startWorker(), stack.startDeferredWorker()]);
    for (const key of ['kept', 'changed', 'deleted', 'refused'])
      await stack.put(`${key}.jpg`, key === 'refused' ? Buffer.from('notes') : await distinctJpeg(1, 40, 30));
    await stack.settled();
    expect(await drift()).toEqual({});

    stack.faults.add({ kind: 'drop' });
    await stack.put('missing é.jpg', await distinctJpeg(2, 40, 30));
    await stack.put('changed.jpg', await distinctJpeg(3, 40, 30));
    await stack.remove('deleted.jpg');
    // Left by a worker that died before it could name it, of an upload that is gone.
    const lost = { bucket: 'uploads', key: 'never told of' };
    await stack.s3.send(
      new PutObjectCommand({
        Bucket: 'thumbnails',
        Key: derivativeKey(lost, { content: 'x', generation: 0, preset: 'thumb', format: 'webp' }),
        Body: 'x',
        Metadata: { source: sourceNote(lost) },
      }),
    );
    stack.faults.clear();
    const found = { missing: 1, stale: 1, orphaned: 1, leftover: 1 };
    expect(await drift()).toEqual(found);
    expect(await stack.manifest('missing é.jpg')).toBeUndefined();

    const { id } = await start('reconciliation', { apply: true });
    const applied = await finished('reconciliation', id);
    expect(applied).toMatchObject({ found, sent: 4, total: 4, scanned: 4 });
    expect(applied.samples).toContainEqual({
      drift: 'missing',
      key: 'missing é.jpg',
      reason: 'no event about it was handled',
    });
    await stack.settled('deferred');
    expect(await stack.manifest('missing é.jpg')).toMatchObject({ state: 'ready' });
    expect(await stack.manifest('deleted.jpg')).toMatchObject({ state: 'gone' });
    expect(await stack.backlog('deferred-dlq')).toBe(0);
    await eventually(async () => Object.keys(await drift()).length === 0);
  });

  it('goes through any number of pages, and through one prefix only if asked to', async () => {
    await stack.startDeferredWorker();
    const photo = await distinctJpeg(1, 40, 30);
    const keys = Array.from({ length: 45 }, (_, i) => `${i % 3 === 0 ? 'a' : 'b'}/${i}.jpg`);
    for (const key of keys) await stack.put(key, photo);
    const { id } = await start('reconciliation', { apply: false, prefix: 'a/', ratePerSecond: 1_000 });
    expect(await finished('reconciliation', id)).toMatchObject({
      total: 15,
      scanned: 15,
      found: { missing: 15 },
    });
    const all = await start('reconciliation', { apply: false, ratePerSecond: 1_000 });
    expect(await finished('reconciliation', all.id)).toMatchObject({ total: 45, scanned: 45 });
  });
});

describe('a backfill', () => {
  it('makes what was there before, and after a change of presets only that', async () => {
    const photo = await distinctJpeg(1, 40, 30);
    stack.faults.add({ kind: 'drop' });
    for (let i = 0; i < 12; i++) await stack.put(`old/${i}.jpg`, photo);
    const worker = await stack.startDeferredWorker();
    const { id } = await start('backfill', { apply: true });
    expect(await finished('backfill', id)).toMatchObject({ found: { missing: 12 }, sent: 12 });
    await stack.settled('deferred');
    for (let i = 0; i < 12; i++) expect((await stack.manifest(`old/${i}.jpg`))?.state).toBe('ready');
    const again = await start('backfill', { apply: true });
    expect(await finished('backfill', again.id)).toMatchObject({ found: {}, sent: 0 });

    await worker.stop(AbortSignal.timeout(5_000));
    const parts = sweepParts({ recipe: { ...stack.parts.recipe, presets: stack.presets.slice(1) } });
    const changed = await start('backfill', { apply: false });
    for (let page = 0; page < 5; page++) await turn(parts, changed.id);
    expect((await stack.sweeps.read(changed.id))?.sweep).toMatchObject({
      state: 'finished',
      found: { stale: 12 },
    });
  });

  it('goes on where it was when the process that ran it died', async () => {
    const photo = await distinctJpeg(1, 40, 30);
    for (let i = 0; i < 30; i++) await stack.put(`${i}.jpg`, photo);
    const { id } = await start('backfill', { apply: false, ratePerSecond: 1 });
    const dying = sweepParts({
      deferred: { ...stack.deferred, sweep: () => Promise.reject(new Error('died')) },
    });
    // Counted, and dead before the next message was sent: the one before comes again, to another process.
    await expect(turn(dying, id)).rejects.toThrow('died');
    const sent: [string, number][] = [];
    const alive = sweepParts({
      deferred: { ...stack.deferred, sweep: async (next, revision) => void sent.push([next, revision]) },
    });
    await advance(alive, { id, revision: 1, redelivered: true }, signal);
    expect(sent).toEqual([[id, 2]]);
    await turn(alive, id);
    expect((await stack.sweeps.read(id))?.sweep).toMatchObject({ total: 30, scanned: 10 });
    // Dead before the page was written down: it is done again.
    const broken = { ...stack.sweeps, swap: () => Promise.reject(new Error('died')) };
    await expect(turn({ ...alive, sweeps: broken }, id)).rejects.toThrow('died');
    await advance({ ...alive, now: later }, { id, revision: 3, redelivered: true }, signal);
    expect((await stack.sweeps.read(id))?.sweep).toMatchObject({ scanned: 20, found: { missing: 20 } });
  });

  it('goes on when the answer to writing down a page is lost', async () => {
    for (let i = 0; i < 5; i++) await stack.put(`${i}.jpg`, await distinctJpeg(1, 40, 30));
    const { id } = await start('backfill', { apply: false });
    const sent: number[] = [];
    const parts = sweepParts({
      deferred: { ...stack.deferred, sweep: async (_id, revision) => void sent.push(revision) },
    });
    stack.faults.add({ kind: 'lost-response', operation: 's3:PutObject', keyPrefix: 'sweeps/', times: 1 });
    await turn(parts, id);
    expect(sent).toEqual([2]);
  });

  it('does not become faster by being asked for again, nor by messages that come twice', async () => {
    for (let i = 0; i < 25; i++) await stack.put(`${i}.jpg`, await distinctJpeg(1, 40, 30));
    const { id } = await start('backfill', { apply: false, ratePerSecond: 1 }, 'k');
    const sent: [number, number | undefined][] = [];
    const parts = sweepParts({
      deferred: {
        ...stack.deferred,
        sweep: async (_id, revision, delay) => void sent.push([revision, delay]),
      },
    });
    await turn(parts, id);
    await turn(parts, id);
    expect(sent.splice(0)).toEqual([
      [2, 0],
      [3, 10],
    ]);
    await start('backfill', { apply: false, ratePerSecond: 1 }, 'k');
    const at = (await stack.sweeps.read(id))?.sweep.updatedAt ?? '';
    const soon = { ...parts, now: () => new Date(Date.parse(at) + 1_000) };
    await advance(soon, { id, revision: 2, redelivered: false }, signal);
    expect(sent).toEqual([]);
    await advance(soon, { id, revision: 3, redelivered: false }, signal);
    expect(sent).toEqual([[3, 9]]);
    expect((await stack.sweeps.read(id))?.sweep.scanned).toBe(10);
  });

  it('done twice at the same time does not count twice', async () => {
    for (let i = 0; i < 5; i++) await stack.put(`${i}.jpg`, await distinctJpeg(1, 40, 30));
    const { id } = await start('backfill', { apply: false });
    const sent: string[] = [];
    const parts = sweepParts({
      deferred: { ...stack.deferred, sweep: async (next) => void sent.push(next) },
    });
    await Promise.all([turn(parts, id), turn(parts, id)]);
    expect((await stack.sweeps.read(id))?.sweep).toMatchObject({ state: 'uploads', total: 5 });
    expect(sent).toEqual([id]);
  });

  it('yields to uploads that wait to be handled', async () => {
    for (let i = 0; i < 15; i++) await stack.put(`${i}.jpg`, await distinctJpeg(1, 40, 30));
    await eventually(async () => (await stack.backlog('uploads')) >= 15);
    const { id } = await start('backfill', { apply: true });
    const delays: (number | undefined)[] = [];
    const parts = sweepParts({
      deferred: { ...stack.deferred, sweep: async (_id, _revision, seconds) => void delays.push(seconds) },
    });
    await turn(parts, id);
    await turn(parts, id);
    expect((await stack.sweeps.read(id))?.sweep).toMatchObject({ waitingFor: 'uploads', scanned: 0 });
    expect(delays).toEqual([0, 5]);
    await stack.startWorker();
    await stack.settled();
    await turn(parts, id);
    const after = (await stack.sweeps.read(id))?.sweep;
    expect(after).toMatchObject({ scanned: 15, state: 'finished' });
    expect(after?.waitingFor).toBeUndefined();
  });

  it('keeps to its rate', async () => {
    for (let i = 0; i < 25; i++) await stack.put(`${i}.jpg`, await distinctJpeg(1, 40, 30));
    const { id } = await start('backfill', { apply: false, ratePerSecond: 2 });
    const delays: (number | undefined)[] = [];
    const parts = sweepParts({
      deferred: { ...stack.deferred, sweep: async (_id, _revision, seconds) => void delays.push(seconds) },
    });
    for (let page = 0; page < 3; page++) await turn(parts, id);
    // Counting costs nothing; then twenty uploads, which are ten seconds at this rate.
    expect(delays).toEqual([0, 10]);
    expect((await stack.sweeps.read(id))?.sweep.state).toBe('finished');
  });
});

it('a key that SQS would refuse does not stop a sweep', async () => {
  stack.faults.add({ kind: 'drop' });
  await stack.put('x\ufffe\uffff.jpg', await distinctJpeg(1, 40, 30));
  await stack.startDeferredWorker();
  const { id } = await start('backfill', { apply: true });
  await finished('backfill', id);
  await eventually(async () => (await stack.manifest('x\ufffe\uffff.jpg'))?.state === 'ready');
});

it('thumbnails of uploads whose names are left out by now are buried by a reconciliation', async () => {
  const ref = { bucket: 'uploads', key: 'private/a.jpg' };
  await stack.put(ref.key, await distinctJpeg(1, 40, 30));
  await converge(stack.parts, ref, signal);
  const isWanted = createNameFilter([], ['private/*']);
  const sources = onlyWanted(stack.sources, isWanted);
  const { id } = await start('reconciliation', { apply: true });
  const tended: string[] = [];
  const parts = sweepParts({
    sources,
    isWanted,
    deferred: {
      ...stack.deferred,
      busy: () => Promise.resolve(undefined),
      sweep: () => Promise.resolve(),
      tend: async ({ key }) => void tended.push(key),
    },
  });
  for (let page = 0; page < 3; page++) await turn(parts, id);
  expect(tended).toEqual(['private/a.jpg']);
  expect((await stack.sweeps.read(id))?.sweep.found).toEqual({ orphaned: 1 });
  await tend({ ...stack.parts, sources }, ref, signal, { redelivered: false });
  expect(await stack.manifest(ref.key)).toMatchObject({ state: 'gone' });
});

describe('over HTTP', () => {
  it('the same Idempotency-Key begins one sweep, and another request with it is refused', async () => {
    const first = await start('backfill', { apply: false }, 'monday');
    const second = await start('backfill', { apply: false }, 'monday');
    expect(second.id).toBe(first.id);
    const other = await request(stack.app)
      .post('/v1/backfills')
      .set('idempotency-key', 'monday')
      .send({ apply: true });
    expect(other.status).toBe(422);
    expect(other.body).toMatchObject({ code: 'idempotency_key_reused' });
    const list = await request(stack.app).get('/v1/backfills');
    expect(list.body).toMatchObject({ items: [{ id: first.id }] });
  });

  it('can be followed and cancelled', async () => {
    const { id } = await start('backfill', { apply: false });
    const cancelled = await request(stack.app).post(`/v1/backfills/${id}/cancel`).send({});
    expect(cancelled.body).toMatchObject({ state: 'cancelled', stalled: false, etaSeconds: null });
    await turn(sweepParts({}), id);
    expect((await stack.sweeps.read(id))?.sweep).toMatchObject({ state: 'cancelled', total: 0 });
    const events = await request(stack.app).get(`/v1/backfills/${id}`).set('accept', 'text/event-stream');
    expect(events.headers['content-type']).toBe('text/event-stream');
    expect(events.text).toContain('event: cancelled\ndata: {"id":"backfill-');
  });

  it('says when it will be done, as far as that can be told', async () => {
    for (let i = 0; i < 20; i++) await stack.put(`${i}.jpg`, await distinctJpeg(1, 40, 30));
    const { id } = await start('backfill', { apply: false, ratePerSecond: 1 });
    const parts = sweepParts({ deferred: { ...stack.deferred, sweep: () => Promise.resolve() } });
    await turn(parts, id);
    await turn(parts, id);
    const { body } = await request(stack.app).get(`/v1/backfills/${id}`);
    expect(body).toMatchObject({ state: 'uploads', scanned: 10, total: 20 });
    expect((body as { etaSeconds: number }).etaSeconds).toBeGreaterThanOrEqual(0);
  });

  it('what does not exist is a 404, also the other kind', async () => {
    const { id } = await start('backfill', { apply: false });
    for (const path of [
      `/v1/reconciliations/${id}`,
      '/v1/backfills/x',
      `/v1/backfills/backfill-${'0'.repeat(32)}`,
    ]) {
      expect((await request(stack.app).get(path)).body).toMatchObject({ code: 'sweep_not_found' });
    }
    const wrong = await request(stack.app).post('/v1/backfills').send({ apply: 'yes' });
    expect(wrong.status).toBe(400);
  });
});

/** When everything is due. */
const later = () => new Date(Date.now() + 3_600_000);

/** One message of a sweep, at the time it is due. */
async function turn(parts: SweepParts, id: string): Promise<void> {
  const sweep = (await stack.sweeps.read(id))?.sweep;
  if (sweep === undefined) throw new Error(`there is no ${id}`);
  const now = () => new Date(sweep.nextAt);
  await advance({ ...parts, now }, { id, revision: sweep.revision, redelivered: false }, signal);
}

function sweepParts(overrides: Partial<SweepParts>): SweepParts {
  return { ...stack, ...overrides };
}

it('an upload put again with the same bytes is no drift', async () => {
  const photo = await distinctJpeg(1, 40, 30);
  await stack.put('same.jpg', photo);
  await converge(stack.parts, { bucket: 'uploads', key: 'same.jpg' }, signal);
  await eventually(async () => {
    await stack.put('same.jpg', photo);
    const head = await stack.parts.sources.head({ bucket: 'uploads', key: 'same.jpg' });
    const manifest = await stack.manifest('same.jpg');
    return manifest?.state === 'ready' && head?.lastModified !== manifest.source.lastModified;
  });
  await stack.startDeferredWorker();
  expect(await drift()).toEqual({});
});
