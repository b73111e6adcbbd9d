import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HEAD_BYTES, rangesToShip, ROW_BYTES, rowsOf } from '../../src/output/kept.ts';

const KEEP = 100_000;
/** How a stream grew between two looks. */
const growths = fc.array(fc.integer({ min: 0, max: 300_000 }), { minLength: 1, maxLength: 12 });

/** As whoever ships does it: up to where the last range ends. */
function ship(steps: readonly number[]): { rows: { from: number; to: number }[]; size: number } {
  const rows: { from: number; to: number }[] = [];
  let next = 0;
  let size = 0;
  for (const step of steps) {
    size += step;
    for (const { from, to } of rangesToShip(next, size, KEEP)) {
      for (const row of rowsOf(from, Buffer.alloc(to - from))) {
        rows.push({ from: row.from, to: row.from + row.bytes.length });
        next = row.from + row.bytes.length;
      }
    }
  }
  return { rows, size };
}

describe('of a stream, however it grew', () => {
  it('the head and the tail are shipped whole, nothing twice, and the end always', () => {
    fc.assert(
      fc.property(growths, (steps) => {
        const { rows, size } = ship(steps);
        let last = 0;
        for (const { from, to } of rows) {
          expect(from).toBeGreaterThanOrEqual(last);
          // Only what is beyond the head may be left out.
          if (from > last) expect(from).toBeGreaterThan(HEAD_BYTES);
          if (from > last) expect(last).toBeGreaterThanOrEqual(HEAD_BYTES);
          expect(to - from).toBeLessThanOrEqual(ROW_BYTES);
          expect(from < HEAD_BYTES && to > HEAD_BYTES).toBe(false);
          last = to;
        }
        expect(last).toBe(size);
        const tail = rows.filter(({ to }) => to > size - KEEP && to > HEAD_BYTES);
        if (size > HEAD_BYTES) expect(tail[0]!.from).toBeLessThanOrEqual(Math.max(HEAD_BYTES, size - KEEP));
        for (const [at, { from }] of tail.entries()) if (at > 0) expect(from).toBe(tail[at - 1]!.to);
      }),
    );
  });

  it('nothing is read that would not be kept', () => {
    expect(rangesToShip(0, 5_000_000, KEEP)).toEqual([
      { from: 0, to: HEAD_BYTES },
      { from: 5_000_000 - KEEP, to: 5_000_000 },
    ]);
    expect(rangesToShip(70_000, 70_000, KEEP)).toEqual([]);
    expect(rangesToShip(70_000, 80_000, KEEP)).toEqual([{ from: 70_000, to: 80_000 }]);
  });
});
