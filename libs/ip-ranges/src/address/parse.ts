import { formatWords } from './format.ts';
import { newEntry, readEntry, type Entry } from './parse-entry.ts';
import { note, problem, type Note, type Problem } from './problems.ts';
import { fromBigInt, toBigInt, wordsOf, type Family } from './words.ts';

/** All addresses from `first` to `last`, both included. */
export interface IpRange {
  family: Family;
  first: bigint;
  last: bigint;
}

export type Parsed = { ok: true; range: IpRange; notes: Note[] } | { ok: false; problem: Problem };

const utf8 = new TextEncoder();

/** An address, a CIDR or a range `a-b`, with blanks around it or not. Never throws. */
export function parse(text: string): Parsed {
  const trimmed = text.trim();
  const bytes = utf8.encode(trimmed);
  const entry = newEntry();
  const code = readEntry(bytes, 0, bytes.length, entry);
  if (code !== undefined) return { ok: false, problem: problem(code, trimmed) };
  return { ok: true, range: toRange(entry), notes: notesOf(entry, trimmed) };
}

/** The same text for the same addresses, whichever way they were written. */
export function format({ family, first, last }: IpRange): string {
  const [from, to] = [new Uint32Array(4), new Uint32Array(4)];
  fromBigInt(first, from, 0, wordsOf(family));
  fromBigInt(last, to, 0, wordsOf(family));
  return formatWords(family, from, to);
}

export function notesOf(entry: Entry, text: string): Note[] {
  const read = formatWords(entry.family, entry.first, entry.last);
  return entry.notes.map((code) => note(code, text, read));
}

function toRange({ family, first, last }: Entry): IpRange {
  const width = wordsOf(family);
  return { family, first: toBigInt(first, 0, width), last: toBigInt(last, 0, width) };
}
