import { ascii, u32le } from './file.ts';

export interface RiffChunk {
  type: string;
  at: number;
  /** After its payload and padding. */
  end: number;
}

export function chunksOf(file: Buffer): RiffChunk[] {
  const chunks: RiffChunk[] = [];
  for (let at = 12; at + 8 <= file.length;) {
    const size = file.readUInt32LE(at + 4);
    const end = at + 8 + size + (size % 2);
    chunks.push({ type: file.toString('latin1', at, at + 4), at, end });
    at = end;
  }
  return chunks;
}

export function chunkOf(file: Buffer, type: string): Buffer {
  const found = chunksOf(file).find((one) => one.type === type);
  if (found === undefined) throw new Error(`The WebP has no ${type}`);
  return file.subarray(found.at, found.end);
}

export function chunk(type: string, data: Uint8Array, claimedSize = data.length): Buffer {
  return Buffer.concat([ascii(type), u32le(claimedSize), data, Buffer.alloc(data.length % 2)]);
}

export function webp(...chunks: Uint8Array[]): Buffer {
  const body = Buffer.concat([ascii('WEBP'), ...chunks]);
  return Buffer.concat([ascii('RIFF'), u32le(body.length), body]);
}

/** 24 bits, little-endian, as VP8X and ANMF count. */
export function u24le(value: number): Buffer {
  return u32le(value).subarray(0, 3);
}

const FLAGS = { animation: 0x02, icc: 0x20 };

export function extendedHeader(width: number, height: number, flag?: keyof typeof FLAGS): Buffer {
  const flags = flag === undefined ? 0 : FLAGS[flag];
  return chunk('VP8X', Buffer.concat([Buffer.of(flags, 0, 0, 0), u24le(width - 1), u24le(height - 1)]));
}

export const ANIMATION_HEADER = chunk('ANIM', Buffer.alloc(6));

/** One frame of an animation, from the image chunk of a still. */
export function animationFrame(image: Buffer, width: number, height: number, left = 0): Buffer {
  const place = [u24le(left / 2), u24le(0), u24le(width - 1), u24le(height - 1), u24le(40), Buffer.of(0)];
  return chunk('ANMF', Buffer.concat([...place, image]));
}
