import { HASH, isBlank, NEWLINE, SEMICOLON, DASH } from '../address/bytes.ts';
import { newEntry, readEntry } from '../address/parse-entry.ts';
import { notesOf } from '../address/parse.ts';
import { problem, type Note, type Problem, type ProblemCode } from '../address/problems.ts';
import { EntryList, type Entries } from '../set/entries.ts';
import { readPlainIpv4 } from './plain-ipv4.ts';
import { readWeight } from './weight.ts';

/** A list as it was read. Every line is in it: as an entry, as a problem, or as one of `blank`. */
export interface ParsedList {
  v4: Entries;
  v6: Entries;
  problems: Located<Problem>[];
  /** About lines that were taken, but not literally. */
  notes: Located<Note>[];
  lines: number;
  /** Lines that are empty or only a comment. */
  blank: number;
}

/** With the number of its line, from 1. */
export type Located<T> = T & { line: number };

const utf8 = { encoder: new TextEncoder(), decoder: new TextDecoder() };
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** One entry per line, then optionally its weight, then optionally a comment behind # or ;. */
export function parseList(list: string | Uint8Array): ParsedList {
  const parser = new ListParser();
  parser.push(typeof list === 'string' ? utf8.encoder.encode(list) : list);
  return parser.end();
}

/** The same for a list that arrives in pieces, which may end anywhere. */
export class ListParser {
  readonly #v4 = new EntryList(4);
  readonly #v6 = new EntryList(6);
  readonly #problems: Located<Problem>[] = [];
  readonly #notes: Located<Note>[] = [];
  readonly #entry = newEntry();
  #lines = 0;
  #blank = 0;
  /** Pieces of a line whose end has not come yet. */
  #rest: Uint8Array[] = [];

  push(bytes: Uint8Array): void {
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    let begin = 0;
    if (end > 0 && this.#rest.length > 0) {
      begin = bytes.indexOf(NEWLINE) + 1;
      this.#read(joined([...this.#rest, bytes.subarray(0, begin)]), 0);
      this.#rest = [];
    }
    this.#read(bytes.subarray(0, end), begin);
    // A copy, as the caller may use the buffer again.
    if (end < bytes.length) this.#rest.push(bytes.slice(end));
  }

  end(): ParsedList {
    if (this.#rest.length > 0) this.#read(joined([...this.#rest, Uint8Array.of(NEWLINE)]), 0);
    this.#rest = [];
    return {
      v4: this.#v4.trimmed(),
      v6: this.#v6.trimmed(),
      problems: this.#problems,
      notes: this.#notes,
      lines: this.#lines,
      blank: this.#blank,
    };
  }

  /** Whole lines, each with its end. */
  #read(bytes: Uint8Array, begin: number): void {
    let at = begin;
    if (this.#lines === 0 && BYTE_ORDER_MARK.every((byte, i) => bytes[at + i] === byte)) at += 3;
    while (at < bytes.length) {
      const before = this.#v4.count;
      at = readPlainIpv4(bytes, at, this.#v4);
      this.#lines += this.#v4.count - before;
      if (at === bytes.length) return;
      this.#lines += 1;
      const end = bytes.indexOf(NEWLINE, at);
      this.#readLine(bytes, at, end);
      at = end + 1;
    }
  }

  #readLine(bytes: Uint8Array, begin: number, end: number): void {
    let [from, to] = [begin, begin];
    while (to < end && bytes[to] !== HASH && bytes[to] !== SEMICOLON) to += 1;
    while (from < to && isBlank(bytes[from])) from += 1;
    while (to > from && isBlank(bytes[to - 1])) to -= 1;
    if (from === to) {
      this.#blank += 1;
      return;
    }
    const refuse = (code: ProblemCode): void => {
      const text = utf8.decoder.decode(bytes.subarray(from, to));
      this.#problems.push({ line: this.#lines, ...problem(code, text) });
    };
    const behind = endOfEntry(bytes, from, to);
    const entry = this.#entry;
    const code = readEntry(bytes, from, behind, entry);
    if (code !== undefined) return refuse(code);
    const weight = readWeight(bytes, behind, to);
    if (weight < 0) return refuse('unknown-text');
    (entry.family === 4 ? this.#v4 : this.#v6).add(entry.first, entry.last, weight);
    if (entry.notes.length === 0) return;
    const text = utf8.decoder.decode(bytes.subarray(from, behind));
    for (const note of notesOf(entry, text)) this.#notes.push({ line: this.#lines, ...note });
  }
}

/** Behind the first word, or behind `a - b`. */
function endOfEntry(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  for (;;) {
    while (at < to && !isBlank(bytes[at])) at += 1;
    const end = at;
    while (at < to && isBlank(bytes[at])) at += 1;
    if (at === to || (bytes[end - 1] !== DASH && bytes[at] !== DASH)) return end;
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
