import { compare, wordsOf, type Family } from '../address/words.ts';
import { readEntry, newEntry } from '../address/parse-entry.ts';
import type { Entries } from '../set/entries.ts';
import { Lookup4 } from './lookup4.ts';
import { Lookup6 } from './lookup6.ts';

/** Finds, for an address, the entry of a list that covers it most narrowly. */
export interface Lookup {
  /** For hot paths: the IPv4 address as a number, the IPv6 address as four words. */
  v4: Lookup4;
  v6: Lookup6;
  /** For the others: one address as text. */
  find(text: string): { family: Family; entry: number } | undefined;
  /** Size of all tables. */
  bytes: number;
}

const utf8 = new TextEncoder();

export function buildLookup(list: { v4: Entries; v6: Entries }): Lookup {
  const [v4, v6] = [new Lookup4(list.v4), new Lookup6(list.v6)];
  return {
    v4,
    v6,
    bytes: v4.bytes + v6.bytes,
    find(text) {
      const asked = newEntry();
      const bytes = utf8.encode(text.trim());
      if (readEntry(bytes, 0, bytes.length, asked) !== undefined) return undefined;
      const { family, first, last } = asked;
      if (compare(first, 0, last, 0, wordsOf(family)) !== 0) return undefined;
      const entry = family === 4 ? v4.find(first[0]!) : v6.find(first);
      return entry < 0 ? undefined : { family, entry };
    },
  };
}
