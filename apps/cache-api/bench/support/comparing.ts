import { freePort } from '@groundwork/service/testing';
import { generateApiKey } from '@groundwork/service';
import { startRedis } from '../../test/support/servers.ts';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild, type Running } from './child.ts';
import { cpuMicroseconds, lowerQuartile } from './cpu.ts';
import type { Figure } from './figure.ts';
import { load, type Request } from './load.ts';
import { startNginx, startVarnish } from './proxies.ts';
import { replyOf, save, type Reply } from './reply.ts';
import { startService } from './service.ts';

/** Does for a read all that the service does. */
const SAME = 'Express + BentoCache with auth, request id, metrics';

const PATH = '/v1/resources/records/1';
const CONNECTIONS = 16;
const REQUESTS = 6_000;
const WARM_UP = 20_000;

const YAML = `resources: [{ name: records, table: records, ttl: 1d, jitter: 0, earlyRefresh: 0, visibility: shared }]`;

interface Contender {
  name: string;
  running: Running;
  request: Request;
  status: number;
  /** Requests per round, when one of them is more than a hit. */
  requests?: number;
}

/** CPU of the server per request, everybody in turn and in several rounds; the lower quartile of the rounds. */
export async function comparing(
  databaseUrl: string,
  { dir, rounds, progress }: { dir: string; rounds: number; progress: (text: string) => void },
): Promise<Figure[]> {
  const running: { stop: () => Promise<void> }[] = [];
  const keep = <T extends { stop: () => Promise<void> }>(one: T): T => {
    running.push(one);
    return one;
  };
  const redis = await startRedis();
  try {
    const contenders = await startAll(databaseUrl, dir, redis.port, keep);
    const measured = await measure(contenders, rounds, progress);
    return figures(measured);
  } finally {
    await Promise.all(running.map((one) => one.stop()));
    await redis.kill();
  }
}

async function startAll(
  databaseUrl: string,
  dir: string,
  redisPort: number,
  keep: <T extends { stop: () => Promise<void> }>(one: T) => T,
): Promise<Contender[]> {
  const { key, record } = generateApiKey('bench', ['cache:read']);
  const byKey = { 'x-api-key': key };
  const none = keep(await startService(databaseUrl, { RESOURCES_YAML: YAML }));
  const apiKey = keep(
    await startService(databaseUrl, {
      RESOURCES_YAML: YAML,
      AUTH_MODE: 'api-key',
      API_KEYS: JSON.stringify([record]),
    }),
  );
  const redis = { STORE: 'redis', REDIS_URL: `redis://127.0.0.1:${redisPort}`, STORE_TIMEOUT_MS: '1000' };
  const noL1 = keep(await startService(databaseUrl, { RESOURCES_YAML: YAML, L1_BYTES: '0', ...redis }));
  const url = `http://127.0.0.1:${none.port}${PATH}`;
  await replyOf(url, {});
  const reply = await replyOf(url, {});
  await replyOf(`http://127.0.0.1:${noL1.port}${PATH}`, {});
  const fromRedis = await replyOf(`http://127.0.0.1:${noL1.port}${PATH}`, {});
  check(reply, 'tier=l1');
  check(fromRedis, 'tier=store');

  const ids = Array.from({ length: 100 }, (_, at) => String(at + 1));
  const batch = { method: 'POST', path: '/v1/resources/records/batch-get', body: JSON.stringify({ ids }) };
  await load(none.port, batch, { count: 1, connections: 1, status: 200 });

  const server = async (name: string, ...more: string[]): Promise<Running> => {
    const port = await freePort();
    const file = join(dir, `${name}.json`);
    save(file, { [PATH]: name === 'http-ioredis' ? fromRedis : reply });
    const main = fileURLToPath(new URL(`../servers/${name}.ts`, import.meta.url));
    const command = [
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      main,
      String(port),
      file,
      ...more,
    ];
    return keep(await startChild(command, port));
  };
  const bare = await server('bare');
  const bento = await server('express-bento');
  const bentoService = await server('express-bento', 'service');
  const ioredis = await server('http-ioredis', String(redisPort));
  const nginx = await startNginx(dir, await freePort(), bare.port);
  const varnish = await startVarnish(dir, await freePort(), bare.port);
  const read: Request = { path: PATH };
  const known: Request = { path: PATH, headers: { 'if-none-match': reply.etag } };
  return [
    { name: 'bare http + Map', running: bare, request: read, status: 200 },
    { name: 'L1 hit, none', running: none, request: read, status: 200 },
    { name: 'L1 hit, api-key', running: apiKey, request: { ...read, headers: byKey }, status: 200 },
    { name: 'Express + BentoCache', running: bento, request: read, status: 200 },
    { name: SAME, running: bentoService, request: read, status: 200 },
    { name: 'bare 304', running: bare, request: known, status: 304 },
    { name: '304', running: none, request: known, status: 304 },
    { name: 'http + ioredis GET', running: ioredis, request: read, status: 200 },
    { name: 'Redis hit', running: noL1, request: read, status: 200 },
    { name: 'batch-get of 100', running: none, request: batch, status: 200, requests: REQUESTS / 10 },
    ...(nginx === undefined
      ? []
      : [{ name: 'nginx proxy_cache', running: keep(nginx), request: read, status: 200 }]),
    ...(varnish === undefined
      ? []
      : [{ name: 'Varnish', running: keep(varnish), request: read, status: 200 }]),
  ];
}

function check({ headers, body }: Reply, how: string): void {
  const status = headers.find(([name]) => name === 'cache-status')?.[1] ?? '';
  if (!status.includes(how)) throw new Error(`expected ${how}, and it is ${status}`);
  if (body.length < 1_000 || body.length > 1_100)
    throw new Error(`the body has ${body.length} bytes, not about 1 KB`);
}

async function measure(
  contenders: readonly Contender[],
  rounds: number,
  progress: (text: string) => void,
): Promise<Map<string, number>> {
  const perRequest = new Map<string, number[]>();
  const run = ({ running, request, status }: Contender, count: number): Promise<void> =>
    load(running.port, request, { count, connections: CONNECTIONS, status });
  for (const one of contenders) {
    progress(`warming up: ${one.name}`);
    await run(one, one.requests === undefined ? WARM_UP : one.requests);
  }
  for (let round = 1; round <= rounds; round += 1) {
    progress(`round ${round} of ${rounds}`);
    for (const one of contenders) {
      const count = one.requests ?? REQUESTS;
      const used = (): number => one.running.pids().reduce((sum, pid) => sum + cpuMicroseconds(pid), 0);
      const before = used();
      await run(one, count);
      const figure = (used() - before) / count;
      perRequest.set(one.name, [...(perRequest.get(one.name) ?? []), figure]);
    }
  }
  return new Map([...perRequest].map(([name, all]) => [name, lowerQuartile(all)]));
}

function figures(measured: ReadonlyMap<string, number>): Figure[] {
  const of = (name: string): number => measured.get(name)!;
  const plain = [...measured].map(([name, figure]) => ({
    what: name,
    measured: `${figure.toFixed(1)} µs of CPU`,
  }));
  for (const name of ['nginx proxy_cache', 'Varnish']) {
    if (!measured.has(name)) plain.push({ what: name, measured: 'skipped: it is not installed' });
  }
  const ratio = (what: string, name: string, other: string, limit: number): Figure => {
    const value = of(name) / of(other);
    return { what, measured: `${value.toFixed(2)} ×`, limit: `at most ${limit} ×`, held: value <= limit };
  };
  return [
    ...plain,
    ratio('L1 hit, none, to bare http + Map', 'L1 hit, none', 'bare http + Map', 1.3),
    ratio('L1 hit, api-key, to bare http + Map', 'L1 hit, api-key', 'bare http + Map', 1.3),
    ratio('L1 hit, none, to Express + BentoCache with the same', 'L1 hit, none', SAME, 0.4),
    ratio('L1 hit, api-key, to Express + BentoCache with the same', 'L1 hit, api-key', SAME, 0.4),
    ratio('304 to bare 304', '304', 'bare 304', 1.2),
    ratio('Redis hit to http + ioredis GET', 'Redis hit', 'http + ioredis GET', 1.3),
    ratio('batch-get of 100 × 1 KB to one L1 hit', 'batch-get of 100', 'L1 hit, none', 8),
  ];
}
