import { randomUUID } from 'node:crypto';
import { takeLease } from '@groundwork/database';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOutputLog, createOutputReader } from '../../src/adapters/postgres/output.ts';
import type { AttemptId } from '../../src/domain/jobs/attempt-name.ts';
import { HEAD_BYTES, rangesToShip, ROW_BYTES, rowsOf } from '../../src/output/kept.ts';
import { useDatabases } from '../support/database.ts';
import { job, openLedger } from '../support/ledger.ts';

const RUNS = 40;
const KEEP = 150_000;
const databases = useDatabases();

/** What a stream has had, so that each place in it can be told from others. */
const WRITTEN = Buffer.from(Uint32Array.from({ length: 500_000 }, (_, at) => at * 2_654_435_761).buffer);

const histories = fc.record({
  growths: fc.array(fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 200_000 })), {
    minLength: 1,
    maxLength: 8,
  }),
  from: fc.integer({ min: 0, max: 700_000 }),
  maxBytes: fc.integer({ min: 1_000, max: 100_000 }),
});

describe('who reads on', () => {
  it('gets every byte that is kept once, in its place, and is told of what is not', async () => {
    const database = await databases.open();
    const ledger = openLedger(database);
    await ledger.submit(job({ array: { size: RUNS } }));
    const attempts: AttemptId[] = await ledger.placeAll(RUNS);
    const lease = await takeLease(database.db, 'engine', randomUUID(), 600);
    const log = createOutputLog({ db: database.db, lease: lease!, keepBytes: KEEP });
    const reader = createOutputReader(database.db);

    async function write(
      { job: of, element, number }: AttemptId,
      growths: readonly number[],
    ): Promise<number> {
      let next = 0;
      let size = 0;
      for (const growth of growths) {
        size += growth;
        const rows = rangesToShip(next, size, KEEP).flatMap(({ from, to }) =>
          rowsOf(from, WRITTEN.subarray(from, to)),
        );
        const named = { job: of, element, number, stream: 'stderr' } as const;
        const pieces = rows.map((row) => ({ ...named, ...row }));
        await log.append(pieces);
        // Whoever does not know whether it was written may write it again.
        await log.append(pieces);
        next = size;
      }
      return size;
    }

    await fc.assert(
      fc.asyncProperty(histories, async ({ growths, from, maxBytes }) => {
        const attempt = attempts.pop()!;
        const size = await write(attempt, growths);
        let next = from;
        for (;;) {
          const part = (await reader.read(attempt, 'stderr', next, maxBytes))!;
          expect(part.end).toBe(size);
          expect(part.bytes.length).toBeLessThanOrEqual(maxBytes);
          expect(part.bytes.equals(WRITTEN.subarray(part.from, part.from + part.bytes.length))).toBe(true);
          if (part.bytes.length === 0) break;
          if (part.from > next) {
            // Neither of the head nor of the tail, and where something is kept again it is told at once.
            expect(Math.max(next, HEAD_BYTES)).toBeLessThan(part.from);
            expect(part.from).toBeLessThanOrEqual(size - KEEP + ROW_BYTES);
          }
          next = part.from + part.bytes.length;
        }
        expect(next).toBe(Math.max(from, size));
      }),
      // Each on an attempt of its own.
      { numRuns: RUNS, endOnFailure: true },
    );
    expect(attempts).toEqual([]);
  });
});
