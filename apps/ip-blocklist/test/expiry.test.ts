import { createLogger } from '@groundwork/service';
import { eventually } from '@groundwork/service/testing';
import { describe, expect, it } from 'vitest';
import { keepExpiring } from '../src/expiry.ts';
import { useService } from './support/service.ts';

const service = useService();
const logger = createLogger({ service: 'test', level: 'silent' });

describe('expiry', () => {
  it('is written down for any number of entries, and leaves alone what still holds', async () => {
    await service.database.pool.query(`
      INSERT INTO entries (id, action, range, subject, reason, source, confidence, created_by, expires_at)
      SELECT gen_random_uuid(), 'block', inetrange(a, a, '[]'), host(a), 'r', 'feed', 100, 'test',
        CASE WHEN i % 10 = 0 THEN now() + interval '1 hour' ELSE now() - interval '1 second' END
      FROM generate_series(1, 12000) AS i, LATERAL (SELECT '10.0.0.0'::inet + i) AS t (a)`);
    await service.database.pool.query(
      `INSERT INTO idempotency_keys VALUES ('s', 'old', '', '{}', now() - interval '2 days'), ('s', 'new', '', '{}', now())`,
    );
    const stopping = new AbortController();
    const running = keepExpiring(
      service.entries,
      { forget: () => Promise.resolve() },
      logger,
      stopping.signal,
    );
    const count = async (what: string) =>
      ((await service.database.pool.query(`SELECT count(*) AS n FROM ${what}`)).rows[0] as { n: number }).n;
    await eventually(async () => (await count('entries WHERE ended_at IS NOT NULL')) === 10_800);
    stopping.abort();
    await running;
    expect(await count(`audit WHERE what = 'entry.expired'`)).toBe(10_800);
    expect(await count('idempotency_keys')).toBe(1);
  });
});
