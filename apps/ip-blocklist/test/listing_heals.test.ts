import { toCidrs } from '@groundwork/ip-ranges';
import { describe, expect, it } from 'vitest';
import { healSnapshots } from '../src/adapters/heal-snapshots.ts';
import { createListing } from '../src/domain/listing.ts';
import { readSubject } from '../src/domain/subject.ts';
import type { Said } from '../src/ports/entries.ts';
import { useService } from './support/service.ts';

const service = useService();

function said(cidr: string, action: 'block' | 'allow' = 'block'): Said {
  const read = readSubject({ cidr });
  if (!read.ok) throw new Error(read.message);
  const { subject } = read;
  return { action, subject, reason: 'r', source: 's', confidence: 1, ttlSeconds: undefined, forced: false };
}

async function load(count: number): Promise<void> {
  for (let at = 0; at < count; at += 5_000) {
    const some = Array.from({ length: Math.min(5_000, count - at) }, (_, i) =>
      said(`10.${((at + i) >> 12) & 255}.${((at + i) >> 4) & 255}.${((at + i) & 15) * 2}`),
    );
    await service.entries.load(some, 'test');
  }
}

describe('the listing', () => {
  it('follows more changes at once than are looked at one by one, and one that covers everything', async () => {
    const listing = createListing(service.entries);
    await load(40_000);
    expect(toCidrs((await listing()).blocks)).toHaveLength(40_000);
    await service.database.pool.query(
      `UPDATE entries SET ended_at = now() WHERE id IN (SELECT id FROM entries ORDER BY id LIMIT 18000)`,
    );
    expect(toCidrs((await listing()).blocks)).toHaveLength(22_000);
    await service.entries.load([said('0.0.0.0/1', 'allow')], 'test');
    expect(toCidrs((await listing()).allows)).toEqual(['0.0.0.0/1']);
    expect(toCidrs((await listing()).blocks)).toHaveLength(22_000);
  });

  it('reads everything when what has changed cannot be read', async () => {
    let isDown = true;
    const overlapping: typeof service.entries.overlapping = (ranges) =>
      isDown ? Promise.reject(new Error('statement timeout')) : service.entries.overlapping(ranges);
    const listing = createListing({ ...service.entries, overlapping });
    await listing();
    await service.entries.load([said('192.0.2.1')], 'test');
    expect(toCidrs((await listing()).blocks)).toEqual(['192.0.2.1/32']);
    isDown = false;
  });

  it('sees nothing new for ever in a database that comes from another server', async () => {
    await load(100);
    // As a dump brings it along: transactions that are yet to come here.
    await service.database.pool.query(`ALTER TABLE entries DISABLE TRIGGER entry_changed`);
    await service.database.pool.query(`UPDATE entries SET changed_in = '99999999999'`);
    await service.database.pool.query(`ALTER TABLE entries ENABLE TRIGGER entry_changed`);
    await healSnapshots(service.database.db);
    const { ranges } = await service.entries.changesSince(await service.entries.snapshot());
    expect(ranges).toEqual([]);
  });

  it('is left as it is by a feed that says again what it has said', async () => {
    await load(100);
    const before = await service.entries.snapshot();
    await load(100);
    expect((await service.entries.changesSince(before)).ranges).toEqual([]);
  });
});
