import type { Verdict } from '@groundwork/contracts';

/** How a render may end: thumbnails, thumbnails of a damaged file, or a verdict. */
export type Outcome = Verdict['code'] | 'made' | 'salvaged';

export interface HostileFile {
  /** Family, then what is wrong with it. */
  name: string;
  bytes: Buffer;
  /** One outcome where it is certain; several only where the decoder's patience decides. */
  expect: readonly Outcome[];
}

/** Of damage that may or may not reach the pixels. */
export const DAMAGED: readonly Outcome[] = ['corrupt', 'salvaged', 'made'];

export function hostile(name: string, bytes: Buffer, ...expect: readonly Outcome[]): HostileFile {
  return { name, bytes, expect };
}

/** Files of which `otherwise` is expected, unless something else is said of one. */
export function family(name: string, otherwise: readonly Outcome[] = DAMAGED) {
  return (what: string, bytes: Buffer, ...expect: readonly Outcome[]): HostileFile =>
    hostile(`${name}: ${what}`, bytes, ...(expect.length === 0 ? otherwise : expect));
}

/** mulberry32: the same numbers for the same seed, on every machine. https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function ascii(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

export function u16le(...values: number[]): Buffer {
  return Buffer.from(new Uint8Array(Uint16Array.from(values).buffer));
}

export function u32le(...values: number[]): Buffer {
  return Buffer.from(new Uint8Array(Uint32Array.from(values).buffer));
}

export function u16be(...values: number[]): Buffer {
  return u16le(...values).swap16();
}

export function u32be(...values: number[]): Buffer {
  return u32le(...values).swap32();
}

/** A copy with other bytes at one place. */
export function patched(file: Buffer, at: number, bytes: Uint8Array): Buffer {
  const copy = Buffer.from(file);
  copy.set(bytes, at);
  return copy;
}

/** A copy with `bytes` put in between. */
export function inserted(file: Buffer, at: number, ...bytes: Uint8Array[]): Buffer {
  return Buffer.concat([file.subarray(0, at), ...bytes, file.subarray(at)]);
}
