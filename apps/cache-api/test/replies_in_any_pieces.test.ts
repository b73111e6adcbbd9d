import fc from 'fast-check';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Connection } from '../src/adapters/memcached/connection.ts';
import { ProtocolError, ReplyParser, type Reply } from '../src/adapters/memcached/replies.ts';
import { StoreUnavailable } from '../src/ports/store.ts';

const MOST = 10_000;

/** Bytes that are often nearly a reply. */
const words = [
  'HD',
  'VA ',
  'EN\r\n',
  '3',
  ' c1',
  '\r\n',
  '\r',
  '\n',
  'abc',
  '99999999999',
  'STAT a b\r\n',
  'MN\r\n',
  '\0',
];
const nonsense = fc
  .array(
    fc.oneof(
      fc.constantFrom(...words).map((word) => Buffer.from(word)),
      fc.uint8Array({ maxLength: 9 }),
    ),
  )
  .map((parts) => Buffer.concat(parts));

const replies = fc.array(
  fc.oneof(
    fc.constantFrom<Reply>(
      { code: 'HD', rest: 'c1 t-1 W', value: undefined },
      { code: 'EN', rest: '', value: undefined },
      { code: 'EX', rest: 'c0', value: undefined },
      { code: 'SERVER_ERROR', rest: 'object too large for cache', value: undefined },
      { code: 'STAT', rest: 'pid 1', value: undefined },
    ),
    fc
      .uint8Array({ maxLength: 300 })
      .map((bytes): Reply => ({ code: 'VA', rest: 'c7', value: Buffer.from(bytes) })),
  ),
);

function write({ code, rest, value }: Reply): Buffer {
  const head = [code, ...(value === undefined ? [] : [`${value.length}`]), ...(rest === '' ? [] : [rest])];
  return Buffer.concat([
    Buffer.from(`${head.join(' ')}\r\n`),
    ...(value === undefined ? [] : [value, Buffer.from('\r\n')]),
  ]);
}

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length]!;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });

describe('replies of memcached', () => {
  it('are the same in whatever pieces they come', () => {
    fc.assert(
      fc.property(replies, sizes, (said, lengths) => {
        const parser = new ReplyParser(MOST);
        const heard = cut(Buffer.concat(said.map(write)), lengths).flatMap((piece) => parser.push(piece));
        expect(heard).toEqual(said);
      }),
    );
  });

  it('that are none are refused by name, and alike in any pieces', () => {
    fc.assert(
      fc.property(nonsense, sizes, (bytes, lengths) => {
        const read = (pieces: Buffer[]): { heard: Reply[]; isRefused: boolean } => {
          const parser = new ReplyParser(MOST);
          const heard: Reply[] = [];
          try {
            for (const piece of pieces) heard.push(...parser.push(piece));
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolError);
            return { heard, isRefused: true };
          }
          return { heard, isRefused: false };
        };
        const whole = read([bytes]);
        const pieces = read(cut(bytes, lengths));
        expect(pieces.isRefused).toBe(whole.isRefused);
        if (!whole.isRefused) expect(pieces.heard).toEqual(whole.heard);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['a value that is too large', `VA ${MOST + 1}\r\n`],
    ['a line without end', 'x'.repeat(5_000)],
    ['a value of another length', 'VA 1\r\nabc\r\n'],
  ])('are refused: %s', (_what, text) => {
    expect(() => new ReplyParser(MOST).push(Buffer.from(text))).toThrow(ProtocolError);
  });
});

describe('a connection', () => {
  it.each([
    ['nonsense', 'GARBAGE\r\n'],
    ['a reply too many', 'EN\r\nEN\r\n'],
    ['that it has not understood', 'CLIENT_ERROR bad command line format\r\n'],
    ['nothing', ''],
  ])('is closed when the server says %s', async (_what, answer) => {
    const server = createServer((socket) =>
      socket.on('data', () => socket.write(answer)).on('error', () => {}),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const limits = { timeoutMs: 100, connectTimeoutMs: 1_000, maxReplyBytes: MOST };
    const connection = new Connection({ host: '127.0.0.1', port, tls: undefined, ...limits });
    await connection.opened;
    const [first] = await Promise.allSettled([connection.send('mg a v')]);
    if (first.status === 'rejected') expect(first.reason).toBeInstanceOf(StoreUnavailable);
    await connection.closed;
    await expect(connection.send('mg a v')).rejects.toThrow(StoreUnavailable);
    server.close();
  });
});
