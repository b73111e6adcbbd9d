import { addressCount, intersect, subtract, type RangeSet } from '@groundwork/ip-ranges';
import { setOf } from '../networks.ts';
import type { Guard } from './feed-file.ts';
import type { Sieved } from './sieve.ts';

/** A copy of a list, as it is measured. */
export interface Measured {
  entries: number;
  addresses: RangeSet;
}

export interface Judged extends Measured, Pick<Sieved, 'leftOut' | 'lines' | 'tooWide'> {
  /** What is wrong with the list as a whole. */
  problem: string | undefined;
}

const FAMILIES = [
  ['v4', 'IPv4 addresses', 'ipv4'],
  ['v6', 'IPv6 addresses', 'ipv6'],
] as const;

/** What can be anybody's. Reserved networks smaller than a /8 do not matter to a share of it. */
const ANYBODYS = setOf([
  '1.0.0.0-9.255.255.255',
  '11.0.0.0-126.255.255.255',
  '128.0.0.0-223.255.255.255',
  '2000::/3',
]);

/**
 * Why a copy is not to be applied at all; undefined: it may be. `before` is the last good copy,
 * undefined for the first one. Addresses are compared one by one and not by their number: a list
 * that has all its lines replaced keeps its size, and would unblock everybody. And by family: a
 * single IPv6 network has more addresses than all IPv4 together.
 */
export function refusal(copy: Judged, guard: Guard, before: Measured | undefined): string | undefined {
  const { entries, leftOut, lines, tooWide } = copy;
  if (copy.problem !== undefined) return copy.problem;
  if (leftOut.unreadable * 100 > lines * guard.maxBadLinesPercent) {
    return `${leftOut.unreadable} of its ${lines} lines cannot be read (maxBadLinesPercent ${guard.maxBadLinesPercent}): is it a list at all?`;
  }
  if (tooWide !== undefined) {
    const { ipv4, ipv6 } = guard.widestPrefix;
    return `${tooWide}, is wider than a /${ipv4} of IPv4 or a /${ipv6} of IPv6 (widestPrefix)`;
  }
  if (entries < guard.minEntries) {
    return lines === 0 ? 'it is empty' : `it has ${entries} entries (minEntries ${guard.minEntries})`;
  }
  return (
    largeness(copy, guard) ?? (before && (shrinkage(copy, guard, before) ?? growth(copy, guard, before)))
  );
}

/** For a first copy, and for the first addresses of a family, which have nothing to be compared with. */
function largeness({ addresses }: Measured, { maxShare }: Guard): string | undefined {
  const anybodys = intersect(addresses, ANYBODYS);
  for (const [family, name, setting] of FAMILIES) {
    const [part, whole] = [addressCount(anybodys[family]), addressCount(ANYBODYS[family])];
    const percent = (Number(part) / Number(whole)) * 100;
    if (percent > maxShare[setting]) {
      return `it has ${Math.ceil(percent * 1_000) / 1_000} % of all ${name} that can be anybody's (maxShare.${setting} ${maxShare[setting]})`;
    }
  }
  return undefined;
}

function shrinkage(after: Measured, guard: Guard, before: Measured): string | undefined {
  const limit = guard.maxShrinkPercent;
  const tell = (what: string, percent: number): string =>
    `it has lost ${percent} % of its ${what} (maxShrinkPercent ${limit})`;
  const lost = before.entries - after.entries;
  if (lost * 100 > before.entries * limit) return tell('entries', percentOf(lost, before.entries));
  const gone = subtract(before.addresses, after.addresses);
  for (const [family, name] of FAMILIES) {
    const [part, whole] = [addressCount(gone[family]), addressCount(before.addresses[family])];
    if (part * 100n > whole * BigInt(limit)) return tell(name, percentOf(part, whole));
  }
  return undefined;
}

function growth(after: Measured, guard: Guard, before: Measured): string | undefined {
  const limit = guard.maxGrowthPercent;
  const tell = (what: string, percent: number): string =>
    `it has grown by ${percent} % in ${what} (maxGrowthPercent ${limit})`;
  const more = after.entries - before.entries;
  if (before.entries > 0 && more * 100 > before.entries * limit) {
    return tell('entries', percentOf(more, before.entries));
  }
  const come = subtract(after.addresses, before.addresses);
  for (const [family, name] of FAMILIES) {
    const [part, whole] = [addressCount(come[family]), addressCount(before.addresses[family])];
    // The first addresses of a family are nothing to compare with; maxShare holds for them.
    if (whole > 0n && part * 100n > whole * BigInt(limit)) return tell(name, percentOf(part, whole));
  }
  return undefined;
}

/** Rounded up, so that it never reads as what would have been allowed. */
function percentOf(part: number | bigint, whole: number | bigint): number {
  return Math.ceil((Number(part) / Number(whole)) * 100);
}
