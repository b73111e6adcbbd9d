import { crc32, deflateSync } from 'node:zlib';
import { ascii, u32be } from './file.ts';

export const SIGNATURE = Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

export function chunk(type: string, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([ascii(type), data]);
  return Buffer.concat([u32be(data.length), body, u32be(crc32(body))]);
}

export interface PngHeader {
  width: number;
  height: number;
  depth?: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA. */
  colour?: number;
  interlaced?: boolean;
}

export function header({ width, height, depth = 8, colour = 0, interlaced = false }: PngHeader): Buffer {
  return chunk(
    'IHDR',
    Buffer.concat([u32be(width, height), Buffer.of(depth, colour, 0, 0, interlaced ? 1 : 0)]),
  );
}

export function png(about: PngHeader, filtered: Uint8Array, ...between: Buffer[]): Buffer {
  return Buffer.concat([
    SIGNATURE,
    header(about),
    ...between,
    chunk('IDAT', deflateSync(filtered)),
    chunk('IEND'),
  ]);
}

/** Rows as PNG stores them, each behind the number of its filter. */
export function rows(height: number, row: Uint8Array): Buffer {
  return Buffer.concat(Array.from({ length: height }, () => Buffer.from([0, ...row])));
}

export interface Chunk {
  type: string;
  at: number;
  end: number;
}

export function chunksOf(file: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = SIGNATURE.length; at + 12 <= file.length;) {
    const end = at + 12 + file.readUInt32BE(at);
    chunks.push({ type: file.toString('latin1', at + 4, at + 8), at, end });
    at = end;
  }
  return chunks;
}

/** Behind IHDR, where ancillary chunks may stand. */
export const AFTER_HEADER = SIGNATURE.length + 25;

/** Compressed zeros, without ever holding more than a small part of them. */
export function deflatedZeros(megabytes: number): Buffer {
  return deflateSync(Buffer.alloc(megabytes * 1_000_000), { level: 9 });
}
