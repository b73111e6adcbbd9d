import { describe, expect, it } from 'vitest';
import { createPostgresLogs } from '../src/adapters/intake/postgres-logs.ts';
import { parseLogRules, type LogRule } from '../src/domain/access-logs/rule-file.ts';
import { takeLog } from '../src/domain/access-logs/take-log.ts';
import { ReadBySomebodyElse } from '../src/ports/logs.ts';
import { albLine } from './support/access-logs.ts';
import { useService } from './support/service.ts';

const [RULE] = parseLogRules(
  'rules: [{ name: logins, log: alb, match: { status: [401] }, threshold: 4, windowSeconds: 300, ttlSeconds: 600 }]',
) as [LogRule];
const service = useService();
/** Bans count from then. */
const AT = new Date().toISOString();

describe('a log of any size', () => {
  const ref = { bucket: 'b', key: 'k', state: 's' };
  const signal = new AbortController().signal;
  /** So many clients that they have to be written down on the way; each fails twice, one of them often. */
  const CLIENTS = 60_000;
  function* lines(): Generator<string> {
    for (let round = 0; round < 2; round += 1) {
      for (let i = 0; i < CLIENTS; i += 1) {
        yield albLine({ client: `20.${i >> 16}.${(i >> 8) & 255}.${i & 255}:1`, at: AT, status: 401 });
        if (i % 20_000 === 0) yield albLine({ at: AT, status: 401 });
      }
    }
  }
  const logsThatBreakAfter = (most: number) => ({
    async *lines() {
      let count = 0;
      for (const line of lines()) {
        yield [line];
        count += 1;
        if (count >= most) throw new Error('the connection is gone');
      }
    },
  });
  const parts = (most = Number.POSITIVE_INFINITY) => ({
    logs: logsThatBreakAfter(most),
    taken: createPostgresLogs(service.database.db),
    rules: [RULE],
    protectedRanges: () => [],
  });
  const counted = async () => {
    const { rows } = await service.database.pool.query<{ hits: number; most: number }>(
      'SELECT sum(count)::int AS hits, max(count)::int AS most FROM hits',
    );
    return rows[0];
  };

  it(
    'that breaks off is read on from where it was written down to, and counts once',
    { timeout: 60_000 },
    async () => {
      await expect(takeLog(parts(90_000), ref, signal)).rejects.toThrow('the connection is gone');
      expect((await counted())?.hits).toBeGreaterThan(10_000);
      await takeLog(parts(), ref, signal);
      expect(await counted()).toEqual({ hits: 2 * CLIENTS + 6, most: 6 });
      expect(await takeLog(parts(), ref, signal)).toBeUndefined();
      const { items } = await service.entries.list({ state: 'active' }, undefined, 10);
      expect(items.map(({ subject }) => subject)).toEqual(['1.2.3.4']);
    },
  );

  it('that two read at once counts once', { timeout: 60_000 }, async () => {
    const results = await Promise.allSettled([takeLog(parts(), ref, signal), takeLog(parts(), ref, signal)]);
    const failed = results.filter((result) => result.status === 'rejected');
    expect(failed.length).toBeLessThanOrEqual(1);
    for (const { reason } of failed) expect(reason).toBeInstanceOf(ReadBySomebodyElse);
    await takeLog(parts(), ref, signal);
    expect(await counted()).toEqual({ hits: 2 * CLIENTS + 6, most: 6 });
  });
});

describe('a ban by access logs', () => {
  const NOW = Date.parse(AT);
  const WINDOW = 300_000;
  const read = (key: string, ...agos: number[]) =>
    takeLog(
      {
        logs: {
          async *lines() {
            for (const ago of agos) {
              const at = new Date(Math.floor(NOW / WINDOW) * WINDOW - ago * WINDOW).toISOString();
              yield Array.from({ length: 4 }, () => albLine({ at, status: 401 }));
            }
          },
        },
        taken: createPostgresLogs(service.database.db),
        rules: [RULE],
        protectedRanges: () => [],
        now: () => NOW,
      },
      { bucket: 'b', key, state: 's' },
      new AbortController().signal,
    );
  const left = async () => {
    const { rows } = await service.database.pool.query<{ left: number }>(
      `SELECT round(extract(epoch FROM expires_at - created_at))::int AS left FROM entries WHERE ended_at IS NULL`,
    );
    return rows.map((row) => row.left);
  };

  it('of whom one log has in two windows lasts as long as the later one says', async () => {
    await read('one', 0, 1);
    expect(await left()).toEqual([600]);
  });

  it('is not cut short by a log of before that comes later, and is prolonged by one of after', async () => {
    await read('one', 1);
    const [before = 0] = await left();
    expect(before).toBeLessThanOrEqual(600);
    await read('two', 2);
    expect(await left()).toEqual([before]);
    await read('three', 0);
    expect((await left())[0]).toBeGreaterThanOrEqual(600);
  });
});
