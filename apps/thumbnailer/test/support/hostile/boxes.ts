import { ascii, patched, u32be } from './file.ts';

/** Boxes that only hold others, and the bytes before those. ISO/IEC 14496-12. */
const HOLDERS: Record<string, number> = { meta: 4, iprp: 0, ipco: 0 };

export interface Box {
  type: string;
  at: number;
  /** Where its payload begins. */
  body: number;
  end: number;
}

/** Every box of an AVIF file, in the order of the file. */
export function boxesOf(file: Buffer, from = 0, to = file.length): Box[] {
  const boxes: Box[] = [];
  for (let at = from; at + 8 <= to;) {
    const type = file.toString('latin1', at + 4, at + 8);
    const end = at + file.readUInt32BE(at);
    if (end <= at) throw new Error(`The box ${type} has no length`);
    boxes.push({ type, at, body: at + 8, end });
    const skip = HOLDERS[type];
    if (skip !== undefined) boxes.push(...boxesOf(file, at + 8 + skip, end));
    at = end;
  }
  return boxes;
}

export function boxOf(file: Buffer, type: string): Box {
  const found = boxesOf(file).find((one) => one.type === type);
  if (found === undefined) throw new Error(`The file has no ${type}`);
  return found;
}

export function box(type: string, ...payload: Uint8Array[]): Buffer {
  const body = Buffer.concat(payload);
  return Buffer.concat([u32be(body.length + 8), ascii(type), body]);
}

export function brands(major: string, ...compatible: string[]): Buffer {
  return box('ftyp', ascii(major), u32be(0), ascii(compatible.join('')));
}

/** Claims another size in its image spatial extents. */
export function resized(avif: Buffer, width: number, height: number): Buffer {
  return patched(avif, boxOf(avif, 'ispe').body + 4, u32be(width, height));
}
