import { ascii, u16le } from './file.ts';

const PALETTE = Buffer.of(0, 0, 0, 255, 0, 0, 0, 255, 0, 255, 255, 255);
export const TRAILER = Buffer.of(0x3b);
/** Codes of LZW over four colours. */
const CLEAR = 4;
const END = 5;
/** One pixel of colour 1 in LZW of 2 bits: clear, 1, end. */
const ONE_PIXEL = Buffer.of(0x4c, 0x01);

export function screen(width: number, height: number): Buffer {
  return Buffer.concat([ascii('GIF89a'), u16le(width, height), Buffer.of(0x91, 0, 0), PALETTE]);
}

export interface GifFrame {
  left?: number;
  top?: number;
  width: number;
  height: number;
  codeSize?: number;
  data?: Buffer;
}

export function frame({
  left = 0,
  top = 0,
  width,
  height,
  codeSize = 2,
  data = ONE_PIXEL,
}: GifFrame): Buffer {
  const control = Buffer.of(0x21, 0xf9, 4, 0, 1, 0, 0, 0);
  const descriptor = Buffer.concat([Buffer.of(0x2c), u16le(left, top, width, height), Buffer.of(0)]);
  return Buffer.concat([control, descriptor, Buffer.of(codeSize), ...blocks(data), Buffer.of(0)]);
}

/** Data comes in blocks of up to 255 bytes, each behind its length. */
function blocks(data: Buffer): Buffer[] {
  const count = Math.ceil(data.length / 255);
  return Array.from({ length: count }, (_, i) => {
    const part = data.subarray(i * 255, (i + 1) * 255);
    return Buffer.concat([Buffer.of(part.length), part]);
  });
}

/** `count` pixels in LZW without compression: codes of 3 bits, cleared before they would grow. */
export function plainPixels(count: number): Buffer {
  const codes = Array.from({ length: count }, (_, i) => [
    ...(i % 2 === 0 ? [CLEAR] : []),
    (i * 7 + (i >> 4)) % 4,
  ]);
  const all = [...codes.flat(), END];
  const packed = Buffer.alloc(Math.ceil((all.length * 3) / 8) + 1);
  for (const [i, code] of all.entries()) {
    const at = (i * 3) >> 3;
    packed.writeUInt16LE(packed.readUInt16LE(at) | (code << ((i * 3) & 7)), at);
  }
  return packed;
}

export function gif(width: number, height: number, ...frames: Buffer[]): Buffer {
  return Buffer.concat([screen(width, height), ...frames, TRAILER]);
}

/** Where each part of a GIF from an encoder begins, by the bytes that introduce it. */
export function partsOf(file: Buffer): { descriptors: number[]; tableEnd: number } {
  const flags = file[10] ?? 0;
  const tableEnd = 13 + (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  const descriptors: number[] = [];
  for (let at = tableEnd; at < file.length && file[at] !== 0x3b;) {
    if (file[at] === 0x2c) {
      descriptors.push(at);
      const local = file[at + 9] ?? 0;
      at += 10 + (local & 0x80 ? 3 * 2 ** ((local & 7) + 1) : 0) + 1;
    } else at += 2;
    while (at < file.length && file[at] !== 0) at += 1 + (file[at] ?? 0);
    at += 1;
  }
  return { descriptors, tableEnd };
}
