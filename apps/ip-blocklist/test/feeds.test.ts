import type { FeedView } from '@groundwork/contracts';
import { eventually } from '@groundwork/service/testing';
import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Feed } from '../src/domain/feeds/feed-file.ts';
import { feedOf, startFeedServer, type FeedServer } from './support/feed-server.ts';
import { startProcess, type ServiceProcess } from './support/processes.ts';
import { createInstance, useDatabases, type Instance } from './support/service.ts';

const databases = useDatabases();
let server: FeedServer;
let instances: Instance[] = [];
let processes: ServiceProcess[] = [];

beforeEach(async () => {
  server = await startFeedServer();
});
afterEach(async () => {
  for (const one of instances) await one.stop();
  for (const one of processes) await one.kill();
  [instances, processes] = [[], []];
  await server.close();
});

const CONFIG = {
  FEEDS_ALLOW_PRIVATE: ['127.0.0.1/32'],
  PROTECTED_RANGES: ['nat=45.9.0.7'],
  LEASE_SECONDS: 2,
};

async function start(feeds: readonly Feed[], url?: string): Promise<Instance> {
  const instance = createInstance(url ?? (await databases.create()), {
    feeds,
    feedLookMs: 50,
    config: CONFIG,
  });
  instances.push(instance);
  await instance.start();
  return instance;
}

async function stop(instance: Instance): Promise<void> {
  instances = instances.filter((one) => one !== instance);
  await instance.stop();
}

const feed = (more = '') => feedOf(`url: "${server.url}"${more}`);
const addresses = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => `45.8.${(from + i) >> 8}.${(from + i) & 255}`);
const listOf = (lines: readonly string[]) => `# a list\n${lines.join('\n')}\n`;

const viewOf = async ({ app }: Instance, name = 'list') =>
  (await request(app).get(`/v1/feeds/${name}`)).body as FeedView;

/** What the first run by itself has come to, and after it one that is asked for. */
const settled = (instance: Instance) =>
  eventually(
    async () => {
      const view = await viewOf(instance);
      return view.verdict !== null && view.requestedAt === null && view;
    },
    { withinMs: 25_000, what: 'the end of the run' },
  );
async function run(instance: Instance): Promise<FeedView> {
  expect((await request(instance.app).post('/v1/feeds/list/run').send({})).status).toBe(202);
  return settled(instance);
}

const query = async <T extends object>({ database }: Instance, sql: string) =>
  (await database.pool.query<T>(sql)).rows;
const blocked = async (instance: Instance) =>
  (
    await query<{ subject: string }>(
      instance,
      `SELECT subject FROM entries WHERE ended_at IS NULL AND (expires_at IS NULL OR expires_at > now()) ORDER BY range`,
    )
  ).map(({ subject }) => subject);
/** All that writing would leave traces in. */
const traces = async (instance: Instance) => [
  await query(instance, `SELECT id, xmin::text, ctid::text FROM entries ORDER BY id`),
  await query(instance, `SELECT count(*) FROM audit`),
];
const trail = async (instance: Instance) =>
  (
    await query<{ what: string; n: number }>(
      instance,
      `SELECT what, count(*) AS n FROM audit GROUP BY what ORDER BY what`,
    )
  ).map(({ what, n }) => `${n} ${what}`);

describe('a feed', () => {
  it('is applied when it is new, with a record of each entry', async () => {
    server.serve(listOf([...addresses(100), '45.9.0.0/24', '10.0.0.0/8', 'nonsense']));
    const instance = await start([feed(', confidence: 70')]);
    const { verdict, ...view } = await settled(instance);
    expect(verdict).toMatchObject({
      outcome: 'applied',
      entries: 100,
      addresses: { ipv4: 100, ipv6: '0' },
      added: 100,
      leftOut: { unreadable: 1, bogons: 1, protected: 1 },
    });
    expect(verdict?.leftOut.lines.map(({ line, why }) => `${line} ${why}`)).toContain(
      '102 would cut off nat',
    );
    expect(view).toMatchObject({ from: server.url, entries: 100, source: 'feed:list', hash: verdict?.hash });
    expect(await blocked(instance)).toEqual(addresses(100));
    expect(await trail(instance)).toEqual(['100 entry.created', '1 feed.applied']);
    const { items } = await instance.entries.list({ state: 'active', covers: '45.8.0.7' }, undefined, 10);
    expect(items).toMatchObject([{ source: 'feed:list', confidence: 70, expiresAt: null }]);
  });

  it('that has not changed costs no write, whether its server says so or sends it again', async () => {
    const list = listOf(addresses(500));
    server.serve(list);
    const instance = await start([feed()]);
    await settled(instance);
    const before = await traces(instance);

    const { verdict } = await run(instance);
    expect(verdict).toMatchObject({ outcome: 'unchanged', entries: 500 });
    expect(server.unmodified).toBe(1);
    server.answer((_req, res) => res.end(list));
    expect((await run(instance)).verdict).toMatchObject({ outcome: 'unchanged', entries: 500 });
    server.serve(`# of another day\n${list}`);
    expect((await run(instance)).verdict).toMatchObject({ outcome: 'unchanged', entries: 500 });
    expect(await traces(instance)).toEqual(before);
  });

  it('lets go of an address some time after it has left, unless it comes back', async () => {
    server.serve(listOf(addresses(10)));
    const instance = await start([{ ...feed(), ttlSeconds: 1 }]);
    await settled(instance);
    server.serve(listOf(addresses(8)));
    expect((await run(instance)).verdict).toMatchObject({ outcome: 'applied', entries: 8, removed: 2 });
    server.serve(listOf(addresses(9)));
    await run(instance);
    await eventually(async () => (await blocked(instance)).length === 9);
    expect(await blocked(instance)).toEqual(addresses(9));
    await eventually(async () => (await trail(instance)).includes('1 entry.expired'));
    const { items } = await instance.entries.list({ state: 'active', covers: '45.8.0.8' }, undefined, 10);
    expect(items).toMatchObject([{ expiresAt: null }]);
  });

  it('with ttlSeconds 0 lets go at once, and tells of another confidence', async () => {
    server.serve(
      addresses(10)
        .map((address) => `${address}\t1`)
        .join('\n'),
    );
    const instance = await start([{ ...feed(), format: 'ipsum', ttlSeconds: 0 }]);
    await settled(instance);
    server.serve(
      addresses(9)
        .map((address, i) => `${address}\t${i === 3 ? 5 : 1}`)
        .join('\n'),
    );
    expect((await run(instance)).verdict).toMatchObject({ outcome: 'applied', removed: 1, changed: 1 });
    expect(await blocked(instance)).toEqual(addresses(9));
    expect(await trail(instance)).toEqual([
      '10 entry.created',
      '1 entry.ended',
      '1 entry.renewed',
      '2 feed.applied',
    ]);
  });

  it('is put right when somebody has ended its entries by hand', async () => {
    server.serve(listOf(addresses(10)));
    const instance = await start([feed()]);
    await settled(instance);
    const { items } = await instance.entries.list({ state: 'active', covers: '45.8.0.3' }, undefined, 1);
    await instance.entries.end(items[0]!.id, 'somebody');
    expect((await run(instance)).verdict).toMatchObject({ outcome: 'applied', added: 1 });
    expect(await blocked(instance)).toEqual(addresses(10));
  });

  it('is compared with its last good copy, whatever of it somebody has ended by hand', async () => {
    server.serve(listOf(addresses(10)));
    const instance = await start([{ ...feed(), ttlSeconds: 0 }]);
    await settled(instance);
    // What left the list by itself is no part of the copy that the next one is compared with.
    server.serve(listOf(addresses(8)));
    expect((await run(instance)).verdict).toMatchObject({ outcome: 'applied', removed: 2 });
    const { items } = await instance.entries.list({ state: 'active' }, undefined, 10);
    for (const { id } of items.slice(0, 5)) await instance.entries.end(id, 'somebody');
    for (const { id } of items.slice(5, 7)) await instance.entries.renew(id, { ttlSeconds: 60 }, 'somebody');

    server.serve(listOf(addresses(5)));
    expect((await run(instance)).verdict).toMatchObject({
      outcome: 'refused',
      reason: expect.stringContaining('it has lost 38 % of its entries') as string,
    });
    server.serve(listOf(addresses(25)));
    expect((await run(instance)).verdict).toMatchObject({
      outcome: 'refused',
      reason: expect.stringContaining('it has grown by 213 % in entries') as string,
    });
    server.serve(listOf(addresses(8)));
    expect((await run(instance)).verdict).toMatchObject({ outcome: 'applied', entries: 8 });
    expect(await blocked(instance)).toEqual(addresses(8));
    // What was ended before the last good copy counts no more.
    server.serve(listOf(addresses(6)));
    expect((await run(instance)).verdict).toMatchObject({ outcome: 'applied', removed: 2 });
    server.serve(listOf(addresses(5)));
    expect((await run(instance)).verdict).toMatchObject({ outcome: 'applied', removed: 1 });
  });

  it('is looked at again when what must stay reachable has changed, though its server has nothing new', async () => {
    server.serve(listOf(addresses(10)));
    const url = await databases.create();
    const first = await start([feed()], url);
    await settled(first);
    await stop(first);
    const second = createInstance(url, {
      feeds: [feed()],
      feedLookMs: 50,
      config: { ...CONFIG, PROTECTED_RANGES: ['new=45.8.0.3'] },
    });
    instances.push(second);
    await second.start();
    const { verdict } = await run(second);
    expect(verdict).toMatchObject({ outcome: 'applied', removed: 1, leftOut: { protected: 1 } });
  });
});

describe('a copy that cannot be right', () => {
  const good = addresses(100);
  const html = '<html><head><title>502</title></head>\n<body>Bad Gateway</body></html>';

  it.each<[string, () => void, string]>([
    ['that is empty', () => server.serve(''), 'it is empty'],
    ['that is a page of HTML', () => server.serve(html), 'cannot be read'],
    ['that has shrunk', () => server.serve(listOf(good.slice(0, 60))), 'it has lost 40 % of its entries'],
    ['that has grown', () => server.serve(listOf(addresses(400))), 'it has grown by 300 % in entries'],
    [
      'with other addresses',
      () => server.serve(listOf(addresses(100, 1_000))),
      'it has lost 100 % of its IPv4',
    ],
    ['that blocks everybody', () => server.serve(listOf([...good, '0.0.0.0/0'])), '0.0.0.0/0, is wider than'],
    [
      'that is cut off',
      () =>
        server.answer((_req, res) => {
          res.writeHead(200, { 'content-length': 5_000 });
          res.write(listOf(good), () => res.destroy());
        }),
      'it is truncated',
    ],
  ])(
    '%s is refused: nobody is unblocked, nobody is blocked, and it is said',
    async (_name, spoil, reason) => {
      server.serve(listOf(good));
      const instance = await start([feed()]);
      await settled(instance);
      const before = await query(instance, `SELECT id, xmin::text, ctid::text FROM entries ORDER BY id`);
      spoil();
      const { verdict, ...view } = await run(instance);
      expect(verdict).toMatchObject({
        outcome: 'refused',
        reason: expect.stringContaining(reason) as string,
      });
      expect(view).toMatchObject({ entries: 100, refusedHash: verdict?.hash });
      await run(instance);
      expect(await query(instance, `SELECT id, xmin::text, ctid::text FROM entries ORDER BY id`)).toEqual(
        before,
      );
      // Told once, however often it is fetched.
      expect(await trail(instance)).toContain('1 feed.refused');
      server.serve(listOf(addresses(101)));
      expect((await run(instance)).verdict).toMatchObject({ outcome: 'applied', added: 1 });
    },
  );

  it('is applied when somebody accepts it, exactly that one', async () => {
    server.serve(listOf(good));
    const instance = await start([feed()]);
    await settled(instance);
    const accept = (hash: string) => request(instance.app).post('/v1/feeds/list/accept').send({ hash });
    expect((await accept('0'.repeat(64))).body).toMatchObject({ code: 'not_the_refused_copy' });

    const smaller = listOf([...addresses(10), '10.0.0.0/8']);
    server.serve(smaller);
    const hash = (await run(instance)).verdict?.hash ?? '';
    expect((await accept('0'.repeat(64))).status).toBe(409);
    expect((await accept(hash)).body).toMatchObject({ accepted: { hash, by: 'development' } });
    // Another one is judged as ever.
    server.serve(listOf(addresses(9)));
    expect((await run(instance)).verdict).toMatchObject({ outcome: 'refused' });
    server.serve(smaller);
    const { verdict, accepted } = await run(instance);
    expect(verdict).toMatchObject({ outcome: 'applied', entries: 10, removed: 90, leftOut: { bogons: 1 } });
    expect(accepted).toBeNull();
    const [record] = await query<{ actor: string; detail: object }>(
      instance,
      `SELECT actor, detail FROM audit WHERE what = 'feed.accepted'`,
    );
    expect(record).toMatchObject({ actor: 'development', detail: { feed: 'list', hash } });
    // They expire as whatever has left a list.
    expect(await blocked(instance)).toEqual(good);
  });
});

describe('a source that fails', () => {
  it.each<[string, () => unknown, string]>([
    [
      'with an error',
      () => server.answer((_req, res) => res.writeHead(503).end('busy')),
      'it answered with status 503',
    ],
    ['without an answer', () => server.answer((req) => req.socket.destroy()), 'socket hang up'],
  ])('%s keeps everything, and is tried again soon', async (_name, fail, reason) => {
    server.serve(listOf(addresses(10)));
    const instance = await start([feed()]);
    const good = await settled(instance);
    const before = await traces(instance);
    fail();
    const { verdict, ...view } = await run(instance);
    expect(verdict).toMatchObject({ outcome: 'failed', reason: expect.stringContaining(reason) as string });
    expect(view).toMatchObject({ entries: 10, lastGoodAt: good.lastGoodAt, hash: good.hash });
    expect(Date.parse(view.nextRunAt ?? '') - Date.parse(verdict?.at ?? '')).toBeLessThan(31_000);
    expect(await traces(instance)).toEqual(before);
    const metrics = (await request(instance.app).get('/metrics')).text.replaceAll(',service="test"', '');
    expect(metrics).toContain('ip_blocklist_feed_runs_total{feed="list",outcome="failed"} 1');
    expect(metrics).toContain('ip_blocklist_feed_entries{feed="list"} 10');
    expect(metrics).toContain('ip_blocklist_feed_last_good_timestamp_seconds{feed="list"}');
  });
});

describe('feeds', () => {
  it('are listed, also those that are configured no more, whose entries can be ended', async () => {
    server.serve(listOf(addresses(6_000)));
    const url = await databases.create();
    const first = await start([feed()], url);
    await settled(first);
    expect((await request(first.app).delete('/v1/feeds/list/entries')).body).toMatchObject({
      code: 'feed_in_use',
    });
    expect((await request(first.app).post('/v1/feeds/other/run').send({})).body).toMatchObject({
      code: 'feed_not_found',
    });
    await stop(first);

    const second = await start([{ ...feed(), name: 'other' }], url);
    const listed = await request(second.app).get('/v1/feeds');
    expect(listed.body).toMatchObject({ items: [{ name: 'other' }], abandoned: ['list'] });
    expect(await blocked(second)).toEqual(expect.arrayContaining(addresses(6_000)));
    expect((await request(second.app).delete('/v1/feeds/list/entries')).body).toEqual({ ended: 6_000 });
    expect((await request(second.app).delete('/v1/feeds/list/entries')).status).toBe(404);
    expect((await request(second.app).get('/v1/feeds')).body).toMatchObject({ abandoned: [] });
    const left = await query(second, `SELECT 1 FROM entries WHERE source = 'feed:list' AND ended_at IS NULL`);
    expect(left).toEqual([]);
  });

  it('are fetched by one of two instances, and asked for at any', async () => {
    server.serve(listOf(addresses(10)));
    const url = await databases.create();
    const [one, two] = [await start([feed()], url), await start([feed()], url)];
    await settled(two);
    expect(server.hits).toBe(1);
    await run(two);
    await run(one);
    expect(server.hits).toBe(3);
    // Whoever led goes; the other one takes over.
    await stop(one);
    server.serve(listOf(addresses(11)));
    expect((await run(two)).verdict).toMatchObject({ outcome: 'applied', added: 1 });
  });

  it('that were being applied when the process was killed are applied to their end', async () => {
    const lines = addresses(60_000);
    server.serve(listOf(lines));
    const url = await databases.create();
    const env = {
      DATABASE_URL: url,
      LEASE_SECONDS: '2',
      FEEDS_ALLOW_PRIVATE: '127.0.0.1/32',
      FEEDS_YAML: `feeds: [{ name: list, url: "${server.url}", format: plain, schedule: { every: 1d }, ttlSeconds: 3600 }]`,
    };
    processes = [await startProcess(env)];
    const instance = createInstance(url, { feeds: [feed()], config: CONFIG });
    instances.push(instance);
    const count = async () =>
      (await query<{ n: number }>(instance, `SELECT count(*) AS n FROM entries`))[0]?.n ?? 0;
    await eventually(async () => (await count()) > 0, { everyMs: 5 });
    await processes[0]!.kill();
    expect(await count(), 'it was killed half-way').toBeLessThan(60_000);
    expect(await viewOf(instance)).toMatchObject({ verdict: null, hash: null });

    await instance.start();
    const { verdict } = await settled(instance);
    expect(verdict).toMatchObject({ outcome: 'applied', entries: 60_000 });
    expect(await blocked(instance)).toHaveLength(60_000);
    // None was written twice.
    expect(await trail(instance)).toEqual(['60000 entry.created', '1 feed.applied']);
  }, 60_000);
});
