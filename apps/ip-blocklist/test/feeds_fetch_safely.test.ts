import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setInterval } from 'node:timers';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { PutObjectCommand, CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { createAwsClient } from '@groundwork/service';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFetchFeed } from '../src/adapters/feeds/fetch-feed.ts';
import { fetchUrl } from '../src/adapters/feeds/fetch-url.ts';
import { createReach } from '../src/adapters/feeds/public-addresses.ts';
import type { Resolve } from '../src/adapters/feeds/safe-request.ts';
import type { Fetched, Validators } from '../src/ports/feeds.ts';
import { openAccount } from './support/account.ts';
import { feedOf, startFeedServer, type FeedServer } from './support/feed-server.ts';

let server: FeedServer;
beforeEach(async () => {
  server = await startFeedServer();
});
afterEach(() => server.close());

const nobody: Resolve = () => Promise.reject(new Error('nobody was to be asked'));
const never = new AbortController().signal;
const LIMITS = { maxBytes: 100_000, timeoutSeconds: 1 };

function get(
  url: string,
  options: { resolve?: Resolve; allow?: string[]; known?: Validators; limits?: typeof LIMITS } = {},
): Promise<Fetched> {
  const { resolve = nobody, allow = ['127.0.0.1/32'], known, limits = LIMITS } = options;
  return fetchUrl({ reach: createReach(allow), resolve }, url, known, limits, never);
}
const textOf = async (fetched: Promise<Fetched>) => {
  const result = await fetched;
  return result.kind === 'copy' ? Buffer.from(result.bytes).toString() : result.kind;
};
const portOf = ({ url }: FeedServer) => new URL(url).port;

describe('a feed is never fetched from', () => {
  it.each([
    ['loopback', 'http://127.0.0.1/'],
    ['all of 127.0.0.0/8', 'http://127.9.9.9/'],
    ['loopback as one number', 'http://2130706433/'],
    ['loopback in hexadecimal', 'http://0x7f000001/'],
    ['loopback in octal', 'http://0177.0.0.1/'],
    ['loopback in short', 'http://127.1/'],
    ['loopback in full width', 'http://１２７.0.0.1/'],
    ['loopback of IPv6', 'http://[::1]/'],
    ['no address', 'http://0.0.0.0/'],
    ['no address of IPv6', 'http://[::]/'],
    ['IPv4-mapped loopback', 'http://[::ffff:127.0.0.1]/'],
    ['IPv4-mapped metadata in hexadecimal', 'http://[::ffff:a9fe:a9fe]/'],
    ['IPv4-compatible loopback', 'http://[::127.0.0.1]/'],
    ['a private network through NAT64', 'http://[64:ff9b::10.0.0.1]/'],
    ['a local NAT64', 'http://[64:ff9b:1::1]/'],
    ['a private network through 6to4', 'http://[2002:a00:1::1]/'],
    ['Teredo', 'http://[2001:0:1::1]/'],
    ['instance metadata', 'http://169.254.169.254/latest/meta-data/'],
    ['instance metadata of IPv6', 'http://[fd00:ec2::254]/'],
    ['10.0.0.0/8', 'https://10.1.2.3/'],
    ['172.16.0.0/12', 'https://172.31.255.255/'],
    ['192.168.0.0/16', 'https://192.168.1.1/'],
    ['CGNAT', 'https://100.64.0.1/'],
    ['multicast', 'https://224.0.0.1/'],
    ['broadcast', 'https://255.255.255.255/'],
    ['link-local IPv6', 'https://[fe80::1]/'],
    ['documentation', 'https://192.0.2.1/'],
    ['another port of a public host', 'http://8.8.8.8:22/'],
    ['another port of a public host, as IPv6', 'http://[2606:4700::1]:8080/'],
  ])('%s', async (_name, url) => {
    await expect(get(url, { allow: [] })).rejects.toThrow('is not a public web server');
  });

  it('a file or another protocol', async () => {
    await expect(get('file:///etc/passwd')).rejects.toThrow('neither https nor http');
  });

  it.each([
    ['loopback', ['127.0.0.1']],
    ['the metadata', ['169.254.169.254']],
    ['IPv4-mapped private addresses', ['::ffff:10.0.0.1']],
    ['several that are private', ['10.0.0.1', 'fd00::1', '100.64.3.4']],
  ])('a name that leads to %s', async (_name, addresses) => {
    const resolve = () => Promise.resolve(addresses);
    await expect(get('http://feed.example/', { resolve, allow: [] })).rejects.toThrow(addresses[0]);
  });

  it.each([
    'http://127.0.0.2/list.txt',
    '//169.254.169.254/latest/meta-data/iam/security-credentials/',
    'http://[::ffff:127.0.0.2]/',
    'http://2130706434/',
    'file:///etc/passwd',
  ])('where a public server redirects to: %s', async (location) => {
    server.answer((_req, res) => res.writeHead(302, { location }).end());
    await expect(get(server.url)).rejects.toThrow(/is not a public web server|neither https nor http/);
    expect(server.hits).toBe(1);
  });

  it('another address of a name than the one that was checked', async () => {
    // The second time it is asked the name leads elsewhere, where somebody listens.
    const elsewhere = await startFeedServer('127.0.0.2');
    const answers = [['127.0.0.1'], ['127.0.0.2']];
    const resolve = () => Promise.resolve(answers.shift() ?? []);
    server.serve('45.8.0.1');
    const url = `http://feed.example:${portOf(server)}/`;
    expect(await textOf(get(url, { resolve }))).toBe('45.8.0.1');
    expect(answers, 'it was asked once').toHaveLength(1);
    await expect(get(`http://feed.example:${portOf(elsewhere)}/`, { resolve })).rejects.toThrow('127.0.0.2');
    expect([server.hits, elsewhere.hits]).toEqual([1, 0]);
    await elsewhere.close();
  });

  it('the private one of several addresses of a name', async () => {
    const elsewhere = await startFeedServer('127.0.0.2');
    const resolve = () => Promise.resolve(['127.0.0.2', '127.0.0.1']);
    const url = `http://feed.example:${portOf(elsewhere)}/`;
    await expect(get(url, { resolve })).rejects.toThrow('ECONNREFUSED');
    expect(elsewhere.hits).toBe(0);
    await elsewhere.close();
  });
});

describe('a redirect', () => {
  it('is followed, five times at most', async () => {
    let left = 5;
    server.answer((_req, res) => {
      if (left === 0) return res.end('45.8.0.1');
      left -= 1;
      return res.writeHead(302, { location: `/${left}` }).end();
    });
    expect(await textOf(get(server.url))).toBe('45.8.0.1');
    left = 6;
    await expect(get(server.url)).rejects.toThrow('redirected more than 5 times');
  });

  it('takes credentials to no other origin', async () => {
    const other = await startFeedServer();
    const seen: (string | undefined)[] = [];
    server.answer((req, res) => {
      seen.push(req.headers.authorization);
      res.writeHead(307, { location: other.url }).end();
    });
    other.answer((req, res) => {
      seen.push(req.headers.authorization);
      res.end('45.8.0.1');
    });
    await get(server.url.replace('http://', 'http://me:secret@'));
    expect(seen).toEqual([`Basic ${Buffer.from('me:secret').toString('base64')}`, undefined]);
    await other.close();
  });

  it('to nowhere is told', async () => {
    server.answer((_req, res) => res.writeHead(302).end());
    await expect(get(server.url)).rejects.toThrow('redirected to nowhere');
  });
});

describe('a server that', () => {
  const bomb = Buffer.alloc(10_000_000);

  it.each([
    ['gzip', gzipSync(bomb)],
    ['br', brotliCompressSync(bomb)],
  ])('packs a bomb with %s gets no further than the limit', async (encoding, body) => {
    expect(body.length).toBeLessThan(LIMITS.maxBytes);
    server.answer((_req, res) => res.writeHead(200, { 'content-encoding': encoding }).end(body));
    await expect(get(server.url)).rejects.toThrow('more than 100000 bytes (maxBytes)');
  });

  it('packs a bomb in a bomb gets no further either', async () => {
    server.answer((_req, res) =>
      res.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(gzipSync(bomb))),
    );
    await expect(get(server.url)).rejects.toThrow('maxBytes');
  });

  it('sends too much gets no further', async () => {
    server.answer((_req, res) => res.end(bomb));
    await expect(get(server.url)).rejects.toThrow('maxBytes');
  });

  it('sends a byte now and then gets no further than the deadline', async () => {
    let timer: NodeJS.Timeout | undefined;
    server.answer((_req, res) => {
      res.writeHead(200);
      timer = setInterval(() => res.write('4'), 50);
    });
    const began = performance.now();
    await expect(get(server.url)).rejects.toThrow('longer than 1 s (timeoutSeconds)');
    expect(performance.now() - began).toBeLessThan(2_500);
    clearInterval(timer);
  });

  it('never begins its answer, or whose name is never found, gets no further', async () => {
    server.answer(() => undefined);
    await expect(get(server.url)).rejects.toThrow('longer than 1 s');
    const resolve: Resolve = () => new Promise(() => undefined);
    await expect(get('http://feed.example/', { resolve })).rejects.toThrow('longer than 1 s');
  });

  it('sends too many headers is left', async () => {
    server.answer((_req, res) => res.writeHead(200, { 'x-long': 'x'.repeat(20_000) }).end('45.8.0.1'));
    await expect(get(server.url)).rejects.toThrow('Header overflow');
  });

  it.each([
    ['the content-length', { 'content-length': 100 }, Buffer.from('45.8.0.1\n')],
    ['the last chunk', {}, Buffer.from('45.8.0.1\n')],
  ])('breaks off before the end, by %s, is told to be truncated', async (_name, headers, body) => {
    server.answer((_req, res) => {
      res.writeHead(200, headers);
      res.write(body, () => res.destroy());
    });
    await expect(get(server.url)).rejects.toThrow('it is truncated');
  });

  it.each(['gzip', 'br'])(
    'sends only the beginning of what is packed with %s is told to be truncated',
    async (how) => {
      const text = Buffer.from(
        Array.from({ length: 2_000 }, (_, i) => `45.8.${i >> 8}.${i & 255}`).join('\n'),
      );
      const packed = how === 'gzip' ? gzipSync(text) : brotliCompressSync(text);
      const half = packed.subarray(0, packed.length >> 1);
      server.answer((_req, res) => res.writeHead(200, { 'content-encoding': how }).end(half));
      await expect(get(server.url)).rejects.toThrow('it is truncated');
    },
  );

  it('packs its list, or whose list is a packed file, is understood', async () => {
    server.answer((_req, res) =>
      res.writeHead(200, { 'content-encoding': 'br' }).end(brotliCompressSync('45.8.0.1')),
    );
    expect(await textOf(get(server.url))).toBe('45.8.0.1');
    server.answer((_req, res) => res.end(gzipSync('45.8.0.2')));
    expect(await textOf(get(server.url))).toBe('45.8.0.2');
  });

  it('is asked whether there is anything new, and who asks', async () => {
    let asked = {};
    server.answer((req, res) => {
      asked = req.headers;
      res.writeHead(304).end();
    });
    const known = { etag: '"a"', lastModified: 'Sat, 22 Aug 2026 03:00:29 GMT' };
    expect(await textOf(get(server.url, { known }))).toBe('unchanged');
    expect(asked).toMatchObject({
      'if-none-match': '"a"',
      'if-modified-since': known.lastModified,
      'user-agent': 'groundwork-ip-blocklist/0.1',
    });
    // Who has nothing cannot be told that it is the same.
    await expect(get(server.url)).rejects.toThrow('status 304');
  });
});

describe('a feed from elsewhere', () => {
  it('is a file: read again when it has changed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'feed-'));
    const file = join(folder, 'list.txt');
    writeFileSync(file, '45.8.0.1');
    const fetch = createFetchFeed({ aws: { region: 'us-east-1', maxAttempts: 1 }, allowPrivate: [] });
    const first = await fetch(feedOf(`file: "${file}"`), undefined, never);
    if (first.kind !== 'copy') throw new Error('nothing came');
    expect(await fetch(feedOf(`file: "${file}"`), first.validators, never)).toEqual({ kind: 'unchanged' });
    writeFileSync(file, '45.8.0.22');
    expect(await textOf(fetch(feedOf(`file: "${file}"`), first.validators, never))).toBe('45.8.0.22');
    await expect(fetch(feedOf(`file: "${file}x"`), undefined, never)).rejects.toThrow('ENOENT');
    rmSync(folder, { recursive: true });
  });

  it('is an object in S3: read again when its ETag is another one', async () => {
    const account = await openAccount();
    const aws = { endpoint: account.endpoint, region: 'us-east-1', maxAttempts: 1 };
    const s3 = createAwsClient(S3Client, aws);
    await s3.send(new CreateBucketCommand({ Bucket: 'lists' }));
    const put = (Body: string) => s3.send(new PutObjectCommand({ Bucket: 'lists', Key: 'a b.txt', Body }));
    await put('45.8.0.1');
    const feed = feedOf('s3: "s3://lists/a%20b.txt"');
    const fetch = createFetchFeed({ aws, allowPrivate: [] });
    const first = await fetch(feed, undefined, never);
    if (first.kind !== 'copy') throw new Error('nothing came');
    expect(Buffer.from(first.bytes).toString()).toBe('45.8.0.1');
    expect(await fetch(feed, first.validators, never)).toEqual({ kind: 'unchanged' });
    await put('45.8.0.2');
    expect(await textOf(fetch(feed, first.validators, never))).toBe('45.8.0.2');
    s3.destroy();
    await account.close();
  });
});
