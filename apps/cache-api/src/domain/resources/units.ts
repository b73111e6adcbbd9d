import { z } from 'zod';

const MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const BYTES = { B: 1, KiB: 1_024, MiB: 1_048_576 } as const;

/** Generations of tags and namespaces live as long in the store; an entry that outlives them is a miss anyway. */
export const LONGEST_MS = 30 * MS.d;
/** Redis and memcached take a little more in one piece. */
const MOST_BYTES = 8 * BYTES.MiB;

function quantity<Unit extends string>(
  value: unknown,
  units: Readonly<Record<Unit, number>>,
  example: string,
): number {
  const names = Object.keys(units) as Unit[];
  const given = typeof value === 'number' ? String(value) : value;
  const match = typeof given === 'string' ? /^(\d+(?:\.\d+)?)\s?([A-Za-z]*)$/.exec(given) : null;
  if (match === null) throw new Error(`must be a number with a unit (${names.join(', ')}), as ${example}`);
  const [, number = '', unit = ''] = match;
  if (unit === '')
    throw new Error(`${number} has no unit: write ${number}${names[1]} or ${number}${names[0]}`);
  const factor = Object.hasOwn(units, unit) ? units[unit as Unit] : undefined;
  if (factor === undefined) throw new Error(`"${unit}" is no unit: there are ${names.join(', ')}`);
  return Math.round(Number(number) * factor);
}

/** Turns what is thrown into an issue of the schema. */
export function parsed<T>(parse: (value: unknown) => T) {
  return z.unknown().transform((value, ctx): T => {
    try {
      return parse(value);
    } catch (error) {
      ctx.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  });
}

/** `5m`, `200ms`; in ms, up to 30 days. */
export const Duration = parsed((value) => {
  const ms = quantity(value, MS, '5m');
  if (ms > LONGEST_MS) throw new Error('is longer than 30d, which is the longest there is');
  return ms;
});

/** The same without 0. */
export const Period = parsed((value) => {
  const ms = quantity(value, MS, '5m');
  if (ms < 1 || ms > LONGEST_MS) throw new Error('must be between 1ms and 30d');
  return ms;
});

/** `64KiB`, `1MiB`; in bytes. */
export const Size = parsed((value) => {
  const bytes = quantity(value, BYTES, '1MiB');
  if (bytes < 1 || bytes > MOST_BYTES) throw new Error('must be between 1B and 8MiB');
  return bytes;
});
