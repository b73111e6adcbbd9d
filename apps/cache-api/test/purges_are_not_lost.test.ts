import { createServer } from 'node:net';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { eventually, freePort, programOf } from '@groundwork/service/testing';
import { LostLease, takeLease } from '@groundwork/database';
import { expect, it } from 'vitest';
import { fencedBy } from '../src/purge/batches.ts';
import { take } from '../src/purge/take.ts';
import { connect, untilDone, usePurges, type PurgeWorld } from './support/purges.ts';

const { world, later } = usePurges();

/** An instance that can be killed. */
function startProcess({ url, distributionId }: PurgeWorld, endpoint: string) {
  const main = programOf(new URL('support/purge-process.ts', import.meta.url));
  const child = spawn(process.execPath, [main, url, endpoint, distributionId], { stdio: 'ignore' });
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  later(kill);
  return kill;
}

async function sentBatches(sql: PurgeWorld['sql']): Promise<number> {
  return (await sql('SELECT id FROM purge_batches WHERE invalidation IS NOT NULL')).length;
}

/** CloudFront, as it is when nothing ever comes from there. */
async function startSilence(): Promise<{ endpoint: string; calls: () => number }> {
  let calls = 0;
  const server = createServer((socket) => {
    calls += 1;
    socket.on('error', () => undefined); // whoever calls is killed
    socket.resume();
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  later(async () => server.close());
  return { endpoint: `http://127.0.0.1:${port}`, calls: () => calls };
}

it('makes one invalidation when the answer is lost', async () => {
  const { instance, told, faults } = await world();
  faults.add({ kind: 'lost-response', operation: 'cloudfront:CreateInvalidation', times: 2 });
  const one = instance();
  await one.enqueue(['#a', '#b']);
  await one.start();
  await untilDone(one);
  expect(await told()).toHaveLength(1);
  expect(faults.list()[0]?.struck).toBe(2);
  expect(await one.status()).toMatchObject({ spentThisMonth: 2 });
  expect((await one.status()).lastError?.message).toMatch(/hang up|ECONNRESET/);
});

it('sends once what an instance had recorded and not sent when it was killed', async () => {
  const shared = await world();
  const silence = await startSilence();
  const one = shared.instance();
  await one.enqueue(['#a']);
  const kill = startProcess(shared, silence.endpoint);
  await eventually(() => silence.calls() > 0, { withinMs: 20_000 });
  const recorded = await shared.sql('SELECT caller_reference, invalidation FROM purge_batches');
  expect(recorded).toMatchObject([{ invalidation: null }]);
  await kill();
  expect(await shared.told()).toEqual([]);

  await one.start();
  await untilDone(one);
  expect(await shared.told()).toMatchObject([
    { paths: ['#a'], callerReference: recorded[0]?.['caller_reference'] },
  ]);
  expect((await one.status()).spentThisMonth).toBe(1);
});

it('sends once what CloudFront had heard of when the instance was killed', async () => {
  const shared = await world();
  const one = shared.instance();
  await one.enqueue(['#a']);
  shared.faults.add({
    kind: 'latency',
    latencyMs: 1_500,
    operation: 'cloudfront:CreateInvalidation',
    times: 1,
  });
  const kill = startProcess(shared, shared.endpoint);
  await eventually(() => shared.faults.list()[0]?.struck === 1, { withinMs: 20_000 });
  await kill();
  await eventually(async () => (await shared.told()).length === 1);

  await one.start();
  await untilDone(one);
  expect(await shared.told()).toHaveLength(1);
});

it('goes on where the one before has stopped', async () => {
  const { instance, told, completeAfter } = await world();
  await completeAfter(60_000);
  const first = instance();
  await first.start();
  await first.enqueue(['#a']);
  await eventually(async () => (await first.status()).inFlight === 1 && (await told()).length === 1);
  await first.stop();

  const second = instance();
  await second.start();
  await completeAfter(0);
  await untilDone(second);
  expect(await told()).toHaveLength(1);
});

it('waits while it is throttled, and merges what comes meanwhile', async () => {
  const { instance, told, faults } = await world();
  const throttle = faults.add({ kind: 'throttle', operation: 'cloudfront:CreateInvalidation' });
  const one = instance();
  await one.start();
  await one.enqueue(['#a']);
  await eventually(() => throttle.struck >= 3);
  for (const tag of ['#b', '#c', '#b']) await one.enqueue([tag]);
  const status = await one.status();
  expect(status).toMatchObject({ waiting: 2, inFlight: 1 });
  expect(status.lastError?.message).toMatch(/^Throttling: /);
  faults.clear();
  await untilDone(one);
  expect((await told()).map(({ paths }) => paths.toSorted())).toEqual([['#a'], ['#b', '#c']]);
});

it('waits while others have as much in progress as there may be', async () => {
  const { instance, told, completeAfter, invalidate } = await world();
  await completeAfter(60_000);
  await invalidate(Array.from({ length: 15 }, (_, i) => `/${i}*`));
  const one = instance();
  await one.start();
  await one.enqueue(['/mine*']);
  await eventually(async () =>
    (await one.status()).lastError?.message.startsWith('TooManyInvalidationsInProgress'),
  );
  await completeAfter(0);
  await untilDone(one);
  expect((await told()).at(-1)?.paths).toEqual(['/mine*']);
});

it('sends everything else when CloudFront refuses one of them', async () => {
  const { instance, told, sql } = await world();
  const one = instance();
  await one.enqueue(['#a', '#b', '#wild*', '#c', '#d']);
  await one.start();
  await untilDone(one);
  expect((await told()).flatMap(({ paths }) => paths).toSorted()).toEqual(['#a', '#b', '#c', '#d']);
  expect(await sql('SELECT items FROM purge_batches WHERE is_refused')).toEqual([{ items: ['#wild*'] }]);
  expect(await one.counted()).toMatchObject({ sent: 4, refused: 1 });
});

it('asks CloudFront again for an invalidation that it does not know', async () => {
  const { instance, told, sql, completeAfter } = await world();
  await completeAfter(60_000);
  const one = instance();
  await one.start();
  await one.enqueue(['#a']);
  await eventually(async () => (await told()).length === 1 && (await sentBatches(sql)) === 1);
  await sql(`UPDATE purge_batches SET invalidation = 'I0000000000000'`);
  await eventually(async () => (await one.status()).lastError?.message.startsWith('NoSuchInvalidation'));
  await completeAfter(0);
  await untilDone(one);
  expect(await told()).toHaveLength(1);
});

it('gives up what was meant for a former distribution that is gone, and only that', async () => {
  const { instance, told, sql } = await world();
  const former = instance({ distributionId: 'E0000000000000' });
  await former.enqueue(['#a', '#b']);
  await former.start();
  await eventually(async () => (await former.status()).lastError?.message.startsWith('NoSuchDistribution'));
  expect(await former.status()).toMatchObject({ inFlight: 2 });
  await former.stop();

  const one = instance();
  await one.enqueue(['#c']);
  await one.start();
  await untilDone(one);
  expect((await told()).map(({ paths }) => paths)).toEqual([['#c']]);
  expect(await sql('SELECT items FROM purge_batches WHERE is_refused')).toHaveLength(1);
});

it('goes on sending while it cannot be told what has become of it', async () => {
  const { instance, told, faults } = await world();
  faults.add({ kind: 'error', operation: 'cloudfront:GetInvalidation' });
  const one = instance();
  await one.start();
  for (const tag of ['#a', '#b', '#c']) {
    await one.enqueue([tag]);
    await eventually(async () => (await told()).some(({ paths }) => paths.includes(tag)));
  }
  expect(await one.status()).toMatchObject({ inFlight: 3 });
  faults.clear();
  await untilDone(one);
});

it('writes nothing for who led before', async () => {
  const { instance, database, distributionId: distribution, sql } = await world();
  const { db } = database;
  await instance().enqueue(['#a']);
  const lease = await takeLease(db, 'purge', 'before', 60);
  await sql(`UPDATE leases SET expires_at = '-infinity'`);
  await takeLease(db, 'purge', 'now', 60);
  const limits = { distribution, budget: 9, collapseAbove: 9, longestTtlSeconds: undefined };
  const late = fencedBy(db, lease!)((tx) => take(tx, { ...limits, at: new Date(), holder: 'before' }));
  await expect(late).rejects.toBeInstanceOf(LostLease);
  expect(await sql('SELECT item FROM purges')).toEqual([{ item: '#a' }]);
  expect(await sql('SELECT id FROM purge_batches')).toEqual([]);
});

it('rejects what it is asked for when the database is gone', async () => {
  const { instance } = await world();
  const nowhere = connect(`postgres://nobody@127.0.0.1:${await freePort()}/none`);
  later(() => nowhere.db.destroy());
  const one = instance({ db: nowhere.db });
  await expect(one.enqueue(['#a'])).rejects.toThrow(/ECONNREFUSED/);
  expect(await one.metric('cache_purge_waiting')).toBeUndefined();
});
