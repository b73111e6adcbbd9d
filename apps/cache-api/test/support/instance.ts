import { createDatabase } from '@groundwork/database';
import {
  allowLocalDevelopment,
  createHttpServer,
  createRegistry,
  parseConfig,
  type Authenticate,
  type Component,
} from '@groundwork/service';
import { eventually } from '@groundwork/service/testing';
import { compose } from '../../src/compose.ts';
import { Config } from '../../src/config.ts';
import { parseCacheFile } from '../../src/domain/resources/cache-file.ts';
import { prepare, SCHEMA } from '../../src/prepare.ts';
import { logger } from './postgres.ts';

export interface Instance {
  url: string;
  settings: Record<string, string>;
  get(path: string, headers?: Record<string, string>): Promise<Reply>;
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  status(): Promise<Status>;
  stop(): Promise<void>;
}

export interface Reply {
  status: number;
  text: string;
  json: unknown;
  headers: Headers;
  /** `hit l1`, `miss source won`, `stale store revalidating` … */
  how: string;
}

interface Status {
  others: string[];
  bus: { heard: boolean };
  l1: { entries: number };
  stream: { mode: string; leader?: boolean; lag?: { count: number; lastMs: number } };
  repairs: number;
}

const DRAIN_MS = 10_000;

export interface InstanceOptions {
  databaseUrl: string;
  yaml: string;
  /** As in the environment. */
  settings?: Record<string, string>;
  authenticate?: Authenticate;
  /** false: it is used before the changes of the database are heard of. */
  untilFollowed?: boolean;
}

/** One process of the service, in this one, with a server that listens. */
export async function startInstance(options: InstanceOptions): Promise<Instance> {
  const config = parseConfig(Config, {
    DATABASE_URL: options.databaseUrl,
    AUTH_MODE: 'none',
    PORT: '0',
    // Two cores are busy with other tests.
    STORE_TIMEOUT_MS: '5000',
    LEASE_SECONDS: '2',
    // Tests count what is loaded, and each comparison is one load more.
    CHECKED_SHARE: '0',
    ...options.settings,
  });
  const file = parseCacheFile(options.yaml);
  const registry = createRegistry('test');
  const database = createDatabase<unknown>(config, logger, { schema: SCHEMA });
  const prepared = await prepare({
    databaseUrl: config.DATABASE_URL,
    timeoutMs: config.DATABASE_TIMEOUT_MS,
    poolSize: config.DATABASE_POOL_SIZE,
    database,
    file,
    seedFile: config.SEED_FILE,
    logger,
  });
  const authenticate = options.authenticate ?? allowLocalDevelopment();
  const { components, listener } = compose({
    config,
    file,
    prepared,
    database,
    authenticate,
    registry,
    logger,
  });
  const server = createHttpServer(listener, { host: '127.0.0.1', port: 0, logger });
  const all: Component[] = [...components, server];
  for (const component of all) await component.start?.();
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    const signal = AbortSignal.timeout(DRAIN_MS);
    for (const component of all.toReversed()) await component.stop?.(signal);
  };
  const instance = client(server.url, options.settings ?? {}, () => (stopping ??= stop()));
  await eventually(async () => {
    const { checks } = (await instance.get('/readyz')).json as { checks: Record<string, string> };
    return checks['bus'] === 'ok' && (options.untilFollowed === false || checks['stream'] === 'ok');
  });
  return instance;
}

function client(url: string, settings: Record<string, string>, stop: () => Promise<void>): Instance {
  const send: Instance['send'] = async (method, path, body, headers = {}) => {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const given = body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) };
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await fetch(`${url}${path}`, {
      method,
      ...(given as { body?: string }),
      headers: { ...type, ...headers },
    });
    const text = await answer.text();
    return {
      status: answer.status,
      text,
      json: parse(text),
      headers: answer.headers,
      how: howOf(answer.headers.get('cache-status') ?? ''),
    };
  };
  return {
    url,
    settings,
    send,
    get: (path, headers) => send('GET', path, undefined, headers),
    status: async () => (await send('GET', '/v1/status')).json as Status,
    stop,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function howOf(status: string): string {
  const [, tier] = /tier=(\w+)/.exec(status) ?? [];
  const [, lease] = /lease=(\w+)/.exec(status) ?? [];
  const [, stale] = /stale=(\w+)/.exec(status) ?? [];
  const state = stale === undefined ? (status.includes('; hit') ? 'hit' : 'miss') : 'stale';
  return [state, tier, stale ?? lease].filter((part) => part !== undefined && part !== 'none').join(' ');
}
