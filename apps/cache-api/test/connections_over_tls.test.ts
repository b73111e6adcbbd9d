import { eventually, freePort, isSkipped } from '@groundwork/service/testing';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemcachedStore } from '../src/adapters/memcached/memcached-store.ts';
import { createRedisStore } from '../src/adapters/redis/redis-store.ts';
import { StoreUnavailable, type Store } from '../src/ports/store.ts';
import { KINDS } from './contract/subjects.ts';
import { entryOf, seen } from './support/entries.ts';
import { startMemcached, startRedis } from './support/servers.ts';

/** ElastiCache Serverless takes nothing else. */
describe('a store over TLS', () => {
  let [folder, key, certificate] = ['', '', ''];
  const closing: (() => Promise<void>)[] = [];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cache-api-tls-'));
    [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const kind = [
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '1',
    ];
    const made = spawnSync('openssl', ['req', ...kind, ...subject, '-keyout', key, '-out', certificate]);
    if (made.status !== 0) throw new Error(`openssl: ${made.stderr.toString()}`);
    // memcached reads them as nobody.
    for (const [path, mode] of [
      [folder, 0o755],
      [key, 0o644],
    ] as const)
      chmodSync(path, mode);
  });
  afterAll(async () => {
    for (const close of closing) await close();
    rmSync(folder, { recursive: true });
  });

  it.skipIf(isSkipped(KINDS.redis))('is used on redis', async () => {
    const port = await freePort();
    const files = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate];
    const server = await startRedis(['--tls-port', `${port}`, '--tls-auth-clients', 'no', ...files]);
    closing.push(() => server.kill());
    await keepsSomething((tls) =>
      createRedisStore({ nodes: [{ host: '127.0.0.1', port }], tls, timeoutMs: 500 }),
    );
  });

  it.skipIf(isSkipped(KINDS.memcached))('is used on memcached', async () => {
    const port = await freePort();
    const options = ['-Z', '-o', `ssl_chain_cert=${certificate},ssl_key=${key}`];
    const server = await startMemcached(options, `127.0.0.1:${port}`);
    closing.push(() => server.kill());
    await keepsSomething((tls) =>
      createMemcachedStore({ servers: [{ host: '127.0.0.1', port }], tls, timeoutMs: 500 }),
    );
  });

  async function keepsSomething(create: (tls: { ca?: Buffer }) => Store): Promise<void> {
    const store = create({ ca: readFileSync(certificate) });
    const stranger = create({});
    closing.push(
      () => store.close(),
      () => stranger.close(),
    );
    await eventually(() => store.check().then(() => true));
    await store.put('a', entryOf('v1', Date.now()));
    expect(await seen(store, 'a')).toBe('fresh v1');
    await expect(stranger.check(), 'a certificate that nobody vouches for').rejects.toThrow(StoreUnavailable);
  }
});
