import { once } from 'node:events';
import type { Server } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { BulkResult } from '@groundwork/contracts';
import { eventually } from '@groundwork/service/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TOO_LONG, type Line } from '../src/domain/lines.ts';
import { linesOf } from '../src/domain/lines.ts';
import { useService } from './support/service.ts';
import { answerOf, listen, upload } from './support/upload.ts';

const service = useService();
let server: Server;
beforeEach(async () => {
  server = await listen(service.app);
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

const good = (i: number, more: object = {}) =>
  `${JSON.stringify({ cidr: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, action: 'block', reason: 'bulk', ...more })}\n`;
const lines = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i));
const count = async () =>
  ((await service.database.pool.query('SELECT count(*) AS n FROM entries')).rows[0] as { n: number }).n;
const connections = () =>
  new Promise<number>((resolve, reject) =>
    server.getConnections((error, n) => (error === null ? resolve(n) : reject(error))),
  );
/** Makes the database refuse one subject. */
const refuse = (subject: string) =>
  service.database.pool.query(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN IF NEW.subject = '${subject}' THEN RAISE 'refused'; END IF; RETURN NEW; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION refuse()`);

describe('a bulk load', () => {
  it('reports every bad line, however many there are', async () => {
    const sent = upload(server);
    const answered = answerOf(sent);
    const bad = 40_000;
    const body = lines(bad, (i) => (i % 1_000 === 0 ? good(i) : 'nonsense\n'));
    const [result] = await Promise.all([
      answered.then(async (answer) => JSON.parse(await text(answer)) as BulkResult),
      pipeline(Readable.from(body), sent),
    ]);
    expect(result).toMatchObject({ lines: bad, created: 40, renewed: 0, rejected: bad - 40 });
    const expected = body.flatMap((line, i) => (line === 'nonsense\n' ? [i + 1] : []));
    expect(result.rejectedLines.map(({ line }) => line)).toEqual(expected);
  });

  it('goes no faster than its answer is read', async () => {
    const total = 400_000;
    let produced = 0;
    const body = Readable.from(
      (function* () {
        for (; produced < total; produced += 100) yield 'nonsense that is no JSON\n'.repeat(100);
      })(),
    );
    const sent = upload(server);
    const answered = answerOf(sent);
    const written = pipeline(body, sent);
    const answer = await answered;
    // Nobody reads: some of it fits into the buffers of the sockets, and then it stands still.
    const still = { at: -1, looks: 0 };
    await eventually(() => {
      still.looks = still.at === produced ? still.looks + 1 : 0;
      still.at = produced;
      return still.looks >= 20;
    });
    expect(produced).toBeLessThan(total);
    const result = JSON.parse(await text(answer)) as BulkResult;
    await written;
    expect(result).toMatchObject({ lines: total, rejected: total });
    expect(result.rejectedLines.every(({ line }, i) => line === i + 1)).toBe(true);
  });

  it('rejects a line that is too long by its number, and takes the next', async () => {
    const sent = upload(server);
    const answered = answerOf(sent);
    sent.write(good(1));
    for (let i = 0; i < 160; i += 1) sent.write('x'.repeat(65_536));
    sent.end(`\n${good(2)}${good(3, { reason: 'y'.repeat(70_000) })}${good(4)}`);
    const result = JSON.parse(await text(await answered)) as BulkResult;
    expect(result).toMatchObject({ lines: 5, created: 3, rejected: 2 });
    expect(result.rejectedLines.map(({ line, code }) => `${line} ${code}`)).toEqual([
      '2 line_too_long',
      '4 line_too_long',
    ]);
  });

  it('ends after the batch in work when its client goes away', async () => {
    const sent = upload(server);
    sent.on('error', () => undefined);
    sent.write(lines(12_000, (i) => good(i)).join(''));
    await eventually(async () => (await count()) === 10_000);
    sent.destroy();
    await eventually(async () => (await connections()) === 0);
    expect(await count()).toBe(10_000);
  });

  it('that the database fails is answered with a problem, as long as the answer has not begun', async () => {
    await refuse('10.0.0.9');
    const sent = upload(server);
    const answered = answerOf(sent);
    sent.end(`nonsense\n${lines(6_000, (i) => good(i)).join('')}`);
    const answer = await answered;
    expect(answer.statusCode).toBe(500);
    expect(JSON.parse(await text(answer))).toMatchObject({ code: 'internal' });
    expect(await count()).toBe(0);
  });

  it('that the database fails later is broken off, so that its answer does not look whole', async () => {
    await refuse('10.0.0.9');
    const sent = upload(server);
    sent.on('error', () => undefined);
    const answered = answerOf(sent);
    sent.write('nonsense\n'.repeat(20_000));
    const answer = await answered;
    expect(answer.statusCode).toBe(200);
    sent.end(lines(6_000, (i) => good(i)).join(''));
    let got = '';
    answer.setEncoding('utf8').on('data', (piece: string) => (got += piece));
    await once(answer, 'error');
    expect(answer.complete).toBe(false);
    expect(() => JSON.parse(got) as unknown).toThrow(SyntaxError);
  });
});

describe('lines', () => {
  const split = async (pieces: Iterable<Uint8Array>, longest = 5) => {
    const all: Line[] = [];
    for await (const some of linesOf(Readable.from(pieces), longest)) all.push(...some);
    return all;
  };
  const bytes = (...texts: string[]) => texts.map((one) => new TextEncoder().encode(one));

  it('are the same wherever the text is cut', async () => {
    const whole = new TextEncoder().encode('añb\n\nx€y\r\n123456\n1\nend');
    for (let at = 0; at <= whole.length; at += 1) {
      const pieces = [whole.subarray(0, at), whole.subarray(at)];
      expect(await split(pieces.filter(({ length }) => length > 0))).toEqual([
        'añb',
        '',
        'x€y\r',
        TOO_LONG,
        '1',
        'end',
      ]);
    }
  });

  it('end with the text, whether it ends with a line feed or not', async () => {
    expect(await split(bytes('a\n'))).toEqual(['a']);
    expect(await split(bytes('a\n', 'b'))).toEqual(['a', 'b']);
    expect(await split(bytes('123', '456'))).toEqual([TOO_LONG]);
    expect(await split([])).toEqual([]);
  });

  it('that are too long are not kept', async () => {
    const piece = new Uint8Array(65_536).fill(0x78);
    const before = process.memoryUsage().heapUsed;
    let most = 0;
    const endless = (function* () {
      for (let i = 0; i < 4_096; i += 1) {
        most = Math.max(most, process.memoryUsage().heapUsed - before);
        yield piece;
      }
      yield new TextEncoder().encode('\nend');
    })();
    expect(await split(endless, 65_536)).toEqual([TOO_LONG, 'end']);
    // Of 256 MB.
    expect(most).toBeLessThan(64_000_000);
  });
});
