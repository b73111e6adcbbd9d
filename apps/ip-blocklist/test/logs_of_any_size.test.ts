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

describe('a log of any size', () => {
  const ref = { bucket: 'b', key: 'k', state: 's' };
  const signal = new AbortController().signal;
  /** So many clients that they have to be written down on the way; each fails twice, one of them often. */
  const CLIENTS = 60_000;
  function* lines(): Generator<string> {
    for (let round = 0; round < 2; round += 1) {
      for (let i = 0; i < CLIENTS; i += 1) {
        yield albLine({ client: `20.${i >> 16}.${(i >> 8) & 255}.${i & 255}:1`, status: 401 });
        if (i % 20_000 === 0) yield albLine({ status: 401 });
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
