import type { BulkResult } from '@groundwork/contracts';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { useService } from './support/service.ts';

const service = useService(['office=198.51.100.0/24']);

const load = async (lines: string) => {
  const answer = await request(service.app)
    .post('/v1/entries/bulk')
    .set('content-type', 'application/x-ndjson')
    .send(lines);
  expect(answer.status).toBe(200);
  return answer.body as BulkResult;
};
const line = (cidr: string, more: object = {}) =>
  JSON.stringify({ cidr, action: 'block', reason: 'bulk', ...more });
const count = async () =>
  ((await service.database.pool.query('SELECT count(*) AS n FROM entries')).rows[0] as { n: number }).n;

describe('a bulk load', () => {
  it('takes every good line, and reports every bad one with its number', async () => {
    const result = await load(
      [
        line('203.0.113.1'),
        'nonsense',
        '',
        line('203.0.113.300'),
        line('198.51.100.7'),
        '{"cidr":"203.0.113.2"}',
        line('203.0.113.3'),
      ].join('\r\n'),
    );
    expect(result).toMatchObject({ lines: 7, created: 2, renewed: 0, rejected: 4 });
    expect(result.rejectedLines.map(({ line: at, code }) => `${at} ${code}`)).toEqual([
      '2 malformed_json',
      '4 number-over-255',
      '5 protected_range',
      '6 invalid_request',
    ]);
    expect(await count()).toBe(2);
  });

  it('done twice renews what it had created', async () => {
    const lines = Array.from({ length: 5_000 }, (_, i) =>
      line(`10.0.${i >> 8}.${i & 255}`, { source: 'feed' }),
    ).join('\n');
    expect(await load(lines)).toMatchObject({ lines: 5_000, created: 5_000, renewed: 0 });
    expect(await load(lines)).toMatchObject({ lines: 5_000, created: 0, renewed: 5_000 });
    expect(await count()).toBe(5_000);
  });

  it('that says the same twice creates one, and the last word counts', async () => {
    const lines = [line('203.0.113.1', { reason: 'first' }), line('203.0.113.1/32', { reason: 'last' })].join(
      '\n',
    );
    expect(await load(lines)).toMatchObject({ lines: 2, created: 1, renewed: 1 });
    const { items } = await service.entries.list({ state: 'active' }, undefined, 10);
    expect(items.map(({ reason }) => reason)).toEqual(['last']);
  });

  it('is refused in another format', async () => {
    const refused = await request(service.app).post('/v1/entries/bulk').send({ cidr: '203.0.113.1' });
    expect(refused.status).toBe(415);
  });

  it('comes back in order of addresses, whatever the number', async () => {
    const lines = Array.from({ length: 12_000 }, (_, i) => line(`10.${(i * 7) & 127}.${i >> 7}.1`)).join(
      '\n',
    );
    const { created } = await load(`${lines}\n${line('2001:db8::/32')}\n${line('0.0.0.0/32')}`);
    const firsts: string[] = [];
    for await (const ranges of service.entries.ranges('block')) {
      firsts.push(...ranges.map(({ first, last }) => (first === last ? first : `${first}-${last}`)));
    }
    expect(firsts).toHaveLength(created);
    const v4 = firsts
      .slice(0, -1)
      .map((text) => text.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0));
    expect(v4.every((address, i) => i === 0 || address > v4[i - 1]!)).toBe(true);
    expect([firsts[0], firsts.at(-1)]).toEqual([
      '0.0.0.0',
      '2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
    ]);
  });
});
