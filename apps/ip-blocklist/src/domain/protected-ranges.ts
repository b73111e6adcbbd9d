import { format, parse, type IpRange, type RangeSet } from '@groundwork/ip-ranges';
import { setOf } from './networks.ts';
import { overlaps, type Subject } from './subject.ts';

/** Addresses that must stay reachable, and whose they are. */
export interface ProtectedRange {
  name: string;
  range: IpRange;
}

/** `office=203.0.113.0/24`, or the range alone. Throws an Error that says what is wrong. */
export function parseProtectedRange(text: string): ProtectedRange {
  const at = text.indexOf('=');
  const parsed = parse(text.slice(at + 1));
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return { name: at < 0 ? format(parsed.range) : text.slice(0, at).trim(), range: parsed.range };
}

/** Which of them a block would cut off. A country is not checked: what is where is not known here. */
export function cutOff(subject: Subject, ranges: readonly ProtectedRange[]): ProtectedRange[] {
  return subject.kind === 'country' ? [] : ranges.filter(({ range }) => overlaps(range, subject.range));
}

/** The same text as long as they say the same. */
export function textOfRanges(ranges: readonly ProtectedRange[]): string {
  return ranges.map(({ name, range }) => `${name} ${range.first}-${range.last}`).join('\n');
}

/** The addresses of all of them. */
export function spareSet(ranges: readonly ProtectedRange[]): RangeSet {
  return setOf(ranges.map(({ range }) => format(range)));
}
