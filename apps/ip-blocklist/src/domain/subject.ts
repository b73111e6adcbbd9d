import type { NewEntry } from '@groundwork/contracts';
import { format, parse, type IpRange } from '@groundwork/ip-ranges';

/** What an entry is about: addresses of one family, or a country. The text is canonical: the same thing is the same text. */
export type Subject = { kind: 'range'; text: string; range: IpRange } | { kind: 'country'; text: string };

export type ReadSubject = { ok: true; subject: Subject } | { ok: false; code: string; message: string };

export function readSubject({
  cidr,
  range,
  country,
}: Pick<NewEntry, 'cidr' | 'range' | 'country'>): ReadSubject {
  if (country !== undefined) return { ok: true, subject: { kind: 'country', text: country } };
  const parsed = parse(cidr ?? range ?? '');
  if (!parsed.ok) return { ok: false, ...parsed.problem };
  return { ok: true, subject: { kind: 'range', text: format(parsed.range), range: parsed.range } };
}

/** Both ends as single addresses. */
export function endsOf({ family, first, last }: IpRange): { first: string; last: string } {
  return { first: format({ family, first, last: first }), last: format({ family, first: last, last }) };
}

export function overlaps(a: IpRange, b: IpRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}
