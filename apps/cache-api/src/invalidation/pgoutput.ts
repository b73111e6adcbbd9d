import type { Row } from '../domain/change.ts';

/**
 * Messages of Postgres's own output plugin, protocol version 1, values as text:
 * https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html
 *
 * The parser of pg-logical-replication is not used because it turns values into JavaScript's types,
 * by which a bigint or a timestamp is no longer what Postgres wrote, and gives null for what is not known.
 */
export type PgOutput =
  /** `xid`: without its epoch, in 32 bits. `committedAt`: ms since 1970, by the database's clock. */
  | { kind: 'begin'; xid: number; committedAt: number }
  /** `end`: just behind the commit record. */
  | { kind: 'commit'; end: bigint }
  | { kind: 'insert'; relation: number; after: Row }
  | { kind: 'update'; relation: number; before: Row | undefined; after: Row }
  | { kind: 'delete'; relation: number; before: Row }
  | { kind: 'truncate'; relations: number[] }
  | { kind: 'message'; transactional: boolean; prefix: string; content: string };

interface Column {
  name: string;
  isKey: boolean;
}

/** Microseconds from 1970 to 2000, where Postgres's clock begins. */
const EPOCH_2000_US = 946_684_800_000_000n;
const TRANSACTIONAL = 1;
const KEY = 1;

/** A decoder per connection: it remembers the relations that were described on it. Undefined for what says nothing of rows. */
export function createDecoder(): (bytes: Buffer) => PgOutput | undefined {
  const relations = new Map<number, Column[]>();
  const columnsOf = (oid: number): Column[] => {
    const columns = relations.get(oid);
    if (columns === undefined) throw new Error(`pgoutput: relation ${oid} was not described`);
    return columns;
  };
  return (bytes) => {
    const read = reader(bytes);
    const tag = read.char();
    switch (tag) {
      case 'B': {
        read.int64(); // the commit record's position
        const committedAt = Number((read.int64() + EPOCH_2000_US) / 1_000n);
        return { kind: 'begin', committedAt, xid: read.uint32() };
      }
      case 'C':
        read.int8();
        read.int64();
        return { kind: 'commit', end: read.int64() };
      case 'R': {
        const oid = read.uint32();
        read.string();
        read.string();
        read.int8();
        relations.set(
          oid,
          Array.from({ length: read.int16() }, () => {
            const isKey = (read.int8() & KEY) !== 0;
            const name = read.string();
            read.skip(8); // type and modifier
            return { name, isKey };
          }),
        );
        return undefined;
      }
      case 'I': {
        const relation = read.uint32();
        read.char();
        return { kind: 'insert', relation, after: readTuple(read, columnsOf(relation)) };
      }
      case 'U': {
        const relation = read.uint32();
        const columns = columnsOf(relation);
        const before = readBefore(read, columns, read.char());
        return { kind: 'update', relation, before, after: readTuple(read, columns, before) };
      }
      case 'D': {
        const relation = read.uint32();
        const before = readBefore(read, columnsOf(relation), read.char());
        return { kind: 'delete', relation, before: before ?? new Map() };
      }
      case 'T': {
        const count = read.uint32();
        read.int8();
        return { kind: 'truncate', relations: Array.from({ length: count }, () => read.uint32()) };
      }
      case 'M': {
        const transactional = (read.int8() & TRANSACTIONAL) !== 0;
        read.int64();
        const prefix = read.string();
        return { kind: 'message', transactional, prefix, content: read.text(read.uint32()) };
      }
      case 'O': // origin
      case 'Y': // type
        return undefined;
      default:
        // What is not understood may be a change.
        throw new Error(`pgoutput: unknown message ${JSON.stringify(tag)}`);
    }
  };
}

/** `K`: the key only, other columns are sent as null although nobody knows them. `O`: the whole row. `N`: none. */
function readBefore(
  read: Reader,
  columns: readonly Column[],
  form: string,
): Map<string, string | null> | undefined {
  if (form === 'N') return undefined;
  const row = readTuple(read, columns);
  if (form === 'K') for (const { name, isKey } of columns) if (!isKey) row.delete(name);
  // An update goes on with `N` and the new row, a delete ends here.
  if (!read.atEnd()) read.char();
  return row;
}

/**
 * `u` is a large value that the update left alone and the log does not have: it is as it was
 * before, where that is known, and not known otherwise.
 */
function readTuple(read: Reader, columns: readonly Column[], before?: Row): Map<string, string | null> {
  const row = new Map<string, string | null>();
  const count = read.int16();
  for (let i = 0; i < count; i++) {
    const name = columns[i]?.name;
    if (name === undefined) throw new Error('pgoutput: a row has more columns than its relation');
    const form = read.char();
    if (form === 't') row.set(name, read.text(read.uint32()));
    else if (form === 'n') row.set(name, null);
    else if (form === 'u') {
      const same = before?.get(name);
      if (same !== undefined) row.set(name, same);
    } else throw new Error(`pgoutput: unknown form of a value ${JSON.stringify(form)}`);
  }
  return row;
}

type Reader = ReturnType<typeof reader>;

function reader(bytes: Buffer) {
  let at = 0;
  const skip = (length: number): number => {
    at += length;
    return at - length;
  };
  return {
    skip,
    atEnd: () => at >= bytes.length,
    int8: () => bytes.readUInt8(skip(1)),
    int16: () => bytes.readUInt16BE(skip(2)),
    uint32: () => bytes.readUInt32BE(skip(4)),
    int64: () => bytes.readBigInt64BE(skip(8)),
    char: () => String.fromCharCode(bytes.readUInt8(skip(1))),
    text: (length: number) => bytes.toString('utf8', skip(length), at),
    string() {
      const end = bytes.indexOf(0, at);
      if (end < 0) throw new Error('pgoutput: a text without end');
      const text = bytes.toString('utf8', at, end);
      at = end + 1;
      return text;
    },
  };
}
