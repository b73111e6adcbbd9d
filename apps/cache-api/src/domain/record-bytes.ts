import { randomBytes } from 'node:crypto';
import { ByteReader, ByteWriter } from './bytes.ts';
import { compress, decompress, isCodec, type Codec } from './compression.ts';
import { VISIBILITIES, type EntryRecord } from './entry.ts';
import { labelsOf } from './generations.ts';

/*
 * 0 'G'   1 version of this form   2 codec   3 visibility, and 128 when absent
 * 4 id, 8 bytes, which Redis compares in place   12 database version, u64
 * 20 stored at   28 fresh until   36 stale until   44 ms of the load, each a double
 * 52 length of the body, u32   56 generations, u16
 * then key, content type, ETag, and name and token of each generation; what is left is the body.
 */
const MAGIC = 0x47;
const FORM = 1;
const ABSENT = 0x80;

/** Where the id is: first and last byte. */
export const ID_AT = [4, 11] as const;

export interface Encoding {
  codec: Exclude<Codec, 'none'>;
  /** Bodies of fewer bytes are left as they are; undefined: all are. */
  aboveBytes: number | undefined;
}

export function encode({ key, generations, entry }: Omit<EntryRecord, 'id'>, encoding: Encoding): Buffer {
  const { codec, body } = compress(entry.body, encoding);
  const writer = new ByteWriter();
  writer.u8(MAGIC).u8(FORM).u8(codec);
  writer.u8(VISIBILITIES.indexOf(entry.visibility) + (entry.isAbsent ? ABSENT : 0));
  writer.bytes(randomBytes(8)).u64(entry.version);
  writer.double(entry.storedAt).double(entry.freshUntil).double(entry.staleUntil).double(entry.loadMs);
  writer.u32(entry.body.length).u16(generations.size);
  writer.text(key).text(entry.contentType).text(entry.etag);
  for (const [name, token] of generations) writer.text(name).text(token);
  return writer.bytes(body).finish();
}

/** Undefined for anything that this version has not written: that is a miss, never an error. */
export function decode(bytes: Uint8Array): EntryRecord | undefined {
  try {
    return parse(new ByteReader(bytes));
  } catch {
    return undefined;
  }
}

function parse(reader: ByteReader): EntryRecord | undefined {
  if (reader.u8() !== MAGIC || reader.u8() !== FORM) return undefined;
  const codec = reader.u8();
  if (!isCodec(codec)) return undefined;
  const flags = reader.u8();
  const visibility = VISIBILITIES[flags & ~ABSENT];
  if (visibility === undefined) return undefined;
  const id = reader.bytes(8).toString('hex');
  const version = reader.u64();
  const [storedAt, freshUntil] = [reader.double(), reader.double()];
  const [staleUntil, loadMs] = [reader.double(), reader.double()];
  const length = reader.u32();
  const count = reader.u16();
  const [key, contentType, etag] = [reader.text(), reader.text(), reader.text()];
  const generations = new Map<string, string>();
  for (let at = 0; at < count; at += 1) generations.set(reader.text(), reader.text());
  const body = alone(decompress(codec, reader.rest(), length));
  if (body.length !== length) return undefined;
  const times = { storedAt, freshUntil, staleUntil };
  const entry = {
    body,
    contentType,
    etag,
    ...times,
    ...labelsOf(generations.keys()),
    version,
    visibility,
    isAbsent: (flags & ABSENT) !== 0,
    loadMs,
  } as const;
  return { key, id, generations, entry };
}

/** Who keeps a body must not keep what else has come with it: all that one read of the socket gave. */
function alone(body: Uint8Array): Uint8Array {
  return body.buffer.byteLength > 2 * body.byteLength ? new Uint8Array(body) : body;
}
