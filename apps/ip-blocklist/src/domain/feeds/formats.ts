import type { Csv, Feed } from './feed-file.ts';

/** A line that is neither blank nor a comment. */
export interface Candidate {
  /** From 1. */
  line: number;
  /** What should be an address, network or range. */
  text: string;
  /** As the list says it; undefined where it does not. */
  confidence: number | undefined;
  /** Why it cannot even be looked for an address. */
  problem?: string;
}

/** Lines of a list; in the end what is wrong with the list as a whole. */
export type Candidates = Generator<Candidate, string | undefined>;

/** A list that is named by five others is as good as certain. */
const PER_LIST = 20;

export function candidatesOf(feed: Pick<Feed, 'format' | 'csv'>, text: string): Candidates {
  switch (feed.format) {
    case 'plain':
    case 'netset':
      return plain(text);
    case 'ipsum':
      return ipsum(text);
    case 'spamhaus':
      return spamhaus(text);
    case 'csv':
      return csv(text, feed.csv ?? { column: 1, delimiter: ',', header: false });
  }
}

/** `203.0.113.0/24 ; SBL1`, `203.0.113.5 - 203.0.113.9 # scanners` */
function* plain(text: string): Candidates {
  for (const [line, raw] of numbered(text)) {
    const entry = withoutComment(raw);
    if (entry !== '') yield { line, text: entry, confidence: undefined };
  }
  return undefined;
}

/** `203.0.113.9<tab>7`: the address, and how many lists name it. */
function* ipsum(text: string): Candidates {
  for (const [line, raw] of numbered(text)) {
    const entry = withoutComment(raw);
    if (entry === '') continue;
    const [address = '', count = '', ...rest] = entry.split(/\s+/);
    const isCounted = /^\d{1,6}$/.test(count) && rest.length === 0;
    yield isCounted
      ? { line, text: address, confidence: Math.min(100, PER_LIST * Number(count)) }
      : { line, text: entry, confidence: undefined, problem: 'has no count of lists behind the address' };
  }
  return undefined;
}

/** `{"cidr":"203.0.113.0/24","sblid":"SBL1","rir":"ripencc"}`, and in the end `{"type":"metadata","records":1}`. */
function* spamhaus(text: string): Candidates {
  let records = 0;
  let trailer: number | undefined;
  for (const [line, raw] of numbered(text)) {
    if (raw.trim() === '') continue;
    const value = jsonOf(raw);
    if (value?.['type'] === 'metadata') {
      trailer = Number(value['records']);
      continue;
    }
    records += 1;
    const cidr = value?.['cidr'];
    yield typeof cidr === 'string'
      ? { line, text: cidr, confidence: undefined }
      : { line, text: raw.trim(), confidence: undefined, problem: 'is not a record with a cidr' };
  }
  if (trailer === undefined) return 'it is truncated: the record of metadata at its end is missing';
  return trailer === records ? undefined : `it has ${records} records, and says that it has ${trailer}`;
}

/** Quoted as in RFC 4180, but a record is one line. Lines that begin with # are comments, as abuse.ch has them. */
function* csv(text: string, { column, confidenceColumn, delimiter, header }: Csv): Candidates {
  let names: string[] | undefined = header ? undefined : [];
  for (const [line, raw] of numbered(text)) {
    if (raw.trim() === '' || raw.startsWith('#')) continue;
    const fields = fieldsOf(raw, delimiter);
    if (names === undefined) {
      names = fields;
      const missing = [column, confidenceColumn].find(
        (one) => typeof one === 'string' && !fields.includes(one),
      );
      if (missing !== undefined) return `its first line names no column ${missing}`;
      continue;
    }
    const entry = fieldOf(fields, names, column);
    if (entry === undefined || entry === '') {
      yield { line, text: raw.trim(), confidence: undefined, problem: `has no column ${column}` };
      continue;
    }
    if (confidenceColumn === undefined) {
      yield { line, text: entry, confidence: undefined };
      continue;
    }
    const confidence = confidenceIn(fieldOf(fields, names, confidenceColumn));
    yield confidence === undefined
      ? { line, text: entry, confidence, problem: `has no confidence from 0 to 100 in ${confidenceColumn}` }
      : { line, text: entry, confidence };
  }
  return undefined;
}

/** Without holding all lines at once. */
function* numbered(text: string): Generator<[line: number, text: string]> {
  let begin = text.startsWith('\uFEFF') ? 1 : 0;
  for (let line = 1; begin < text.length; line += 1) {
    const end = text.indexOf('\n', begin);
    const raw = text.slice(begin, end < 0 ? text.length : end);
    yield [line, raw.endsWith('\r') ? raw.slice(0, -1) : raw];
    if (end < 0) return;
    begin = end + 1;
  }
}

function withoutComment(raw: string): string {
  const at = raw.search(/[#;]/);
  return (at < 0 ? raw : raw.slice(0, at)).trim();
}

function jsonOf(raw: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function fieldOf(
  fields: readonly string[],
  names: readonly string[],
  column: string | number,
): string | undefined {
  return fields[typeof column === 'number' ? column - 1 : names.indexOf(column)];
}

function fieldsOf(raw: string, delimiter: string): string[] {
  if (!raw.includes('"')) return raw.split(delimiter).map((field) => field.trim());
  const fields: string[] = [];
  let field = '';
  let isQuoted = false;
  for (let at = 0; at < raw.length; at += 1) {
    const letter = raw.charAt(at);
    if (letter === '"' && isQuoted && raw.charAt(at + 1) === '"') {
      field += '"';
      at += 1;
    } else if (letter === '"') {
      isQuoted = !isQuoted;
    } else if (letter === delimiter && !isQuoted) {
      fields.push(field.trim());
      field = '';
    } else {
      field += letter;
    }
  }
  return [...fields, field.trim()];
}

function confidenceIn(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,3}(\.\d+)?$/.test(text)) return undefined;
  const value = Math.round(Number(text));
  return value <= 100 ? value : undefined;
}
