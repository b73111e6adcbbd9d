import { formatWords } from './format.ts';
import { newEntry, readEntry, type Entry } from './parse-entry.ts';
import { note, problem, type Note, type Problem } from './problems.ts';
import { compare, fromBigInt, toBigInt, wordsOf, type Family } from './words.ts';

/** All addresses from `first` to `last`, both included. */
export interface IpRange {
  family: Family;
  first: bigint;
  last: bigint;
}

export type Parsed = { ok: true; range: IpRange; notes: Note[] } | { ok: false; problem: Problem };

const utf8 = new TextEncoder();
/** Reused from call to call, which nothing outlives: typed arrays cost more than the parsing. */
const scratch = { entry: newEntry(), bytes: new Uint8Array(256) };
/** Bytes of UTF-8 for one unit of a string at most. */
const MAX_BYTES = 3;

/** An address, a CIDR or a range `a-b`, with blanks around it or not. Never throws. */
export function parse(text: string): Parsed {
  const trimmed = text.trim();
  const { entry } = scratch;
  const fits = trimmed.length * MAX_BYTES <= scratch.bytes.length;
  const bytes = fits ? scratch.bytes : utf8.encode(trimmed);
  const length = fits ? utf8.encodeInto(trimmed, bytes).written : bytes.length;
  const code = readEntry(bytes, 0, length, entry);
  if (code !== undefined) return { ok: false, problem: problem(code, trimmed) };
  return { ok: true, range: toRange(entry), notes: entry.notes.length === 0 ? [] : notesOf(entry, trimmed) };
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
  const from = toBigInt(first, 0, width);
  const to = compare(first, 0, last, 0, width) === 0 ? from : toBigInt(last, 0, width);
  return { family, first: from, last: to };
}
