import { expect, it } from 'vitest';
import { readSubject } from '../src/domain/subject.ts';
import { useService } from './support/service.ts';

const service = useService();

it('what has changed is read quickly, also before the database knows how much there is', async () => {
  // As in the first minute of the first list: nothing was counted yet.
  await service.database.pool.query('ALTER TABLE entries SET (autovacuum_enabled = off)');
  const before = await service.entries.snapshot();
  const said = Array.from({ length: 5_000 }, (_, i) => {
    const read = readSubject({ cidr: `10.${i & 127}.${i >> 7}.1` });
    if (!read.ok) throw new Error(read.message);
    const { subject } = read;
    return {
      action: 'block',
      subject,
      reason: 'test',
      source: 'feed',
      confidence: 1,
      ttlSeconds: undefined,
      forced: false,
    } as const;
  });
  for (let i = 0; i < said.length; i += 5_000) await service.entries.load(said.slice(i, i + 5_000), 'test');
  const { ranges = [] } = await service.entries.changesSince(before);
  expect(ranges).toHaveLength(said.length);
  // Comparing each with each takes longer than a statement may.
  expect(await service.entries.overlapping(ranges)).toHaveLength(said.length);
});
