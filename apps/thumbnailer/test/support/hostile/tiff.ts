import { ascii, u16le, u32le } from './file.ts';

/** TIFF 6.0 section 2. */
const TYPES = { short: 3, long: 4 } as const;

export interface Entry {
  tag: number;
  type?: keyof typeof TYPES;
  count?: number;
  value: number;
}

export const TAGS = {
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  stripOffsets: 273,
  orientation: 274,
  samples: 277,
  rowsPerStrip: 278,
  stripBytes: 279,
  planar: 284,
  predictor: 317,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileBytes: 325,
  sampleFormat: 339,
} as const;

export type Tags = Partial<Record<keyof typeof TAGS, number>>;

export const HEADER_BYTES = 8;

/** The header and one directory right behind it, then `data`, at the offset that is passed to `tags`. */
export function tiff(tags: (dataAt: number) => Tags, data: Uint8Array = Buffer.alloc(0), next = 0): Buffer {
  const directoryBytes = 2 + Object.keys(tags(0)).length * 12 + 4;
  const dataAt = HEADER_BYTES + directoryBytes;
  const entries = Object.entries(tags(dataAt))
    .map(([name, value]) => ({ tag: TAGS[name as keyof typeof TAGS], value }))
    .toSorted((a, b) => a.tag - b.tag);
  return Buffer.concat([header(HEADER_BYTES), directory(entries, next), data]);
}

export function header(firstDirectory: number): Buffer {
  return Buffer.concat([ascii('II'), u16le(42), u32le(firstDirectory)]);
}

export function directory(entries: readonly Entry[], next: number, claimedEntries = entries.length): Buffer {
  return Buffer.concat([
    u16le(claimedEntries),
    ...entries.map(({ tag, type = 'long', count = 1, value }) =>
      Buffer.concat([u16le(tag, TYPES[type]), u32le(count, value)]),
    ),
    u32le(next),
  ]);
}

/** One strip of `bits`-bit samples, uncompressed unless `tags` say otherwise. */
export function stripTiff(width: number, height: number, strip: Uint8Array, tags: Tags = {}): Buffer {
  const about = { width, height, bits: 8, compression: 1, photometric: 1, samples: 1, rowsPerStrip: height };
  return tiff((dataAt) => ({ ...about, stripOffsets: dataAt, stripBytes: strip.length, ...tags }), strip);
}
