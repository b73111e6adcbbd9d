import type { Sharp } from 'sharp';
import { mosaic, type Photos } from './photos.ts';

/** Megapixels. */
const SMALLEST = 0.1;

/** Marker of JPEG after which the pixels come, ITU-T T.81 table B.1. */
const START_OF_SCAN = Buffer.from([0xff, 0xda]);

const cutAt = (share: number) => (bytes: Buffer) => bytes.subarray(0, Math.round(bytes.length * share));

/** How many files of each kind. Efforts are low: how small the files are does not matter, but the wait does. */
const KINDS: readonly [
  name: string,
  count: number,
  encode: (image: Sharp) => Sharp,
  damage?: (bytes: Buffer) => Buffer,
][] = [
  ['photo.jpg', 14, (image) => image.jpeg({ quality: 85 })],
  ['progressive.jpg', 8, (image) => image.jpeg({ quality: 85, progressive: true })],
  ['cmyk.jpg', 4, (image) => image.toColourspace('cmyk').jpeg({ quality: 85 })],
  ['8-bit.png', 6, (image) => image.png({ compressionLevel: 2 })],
  ['16-bit.png', 4, (image) => image.toColourspace('rgb16').png({ compressionLevel: 2 })],
  ['photo.webp', 6, (image) => image.webp({ effort: 0 })],
  ['palette.gif', 4, (image) => image.gif({ effort: 1 })],
  ['photo.avif', 6, (image) => image.avif({ effort: 0 })],
  ['photo.tiff', 4, (image) => image.tiff({ compression: 'lzw' })],
  ['cut-short.jpg', 2, (image) => image.jpeg(), cutAt(0.6)],
  ['cut-short.png', 1, (image) => image.png({ compressionLevel: 2 }), cutAt(0.6)],
  ['header-only.jpg', 1, (image) => image.jpeg(), (bytes) => bytes.subarray(0, bytes.indexOf(START_OF_SCAN))],
];

/** 60 files; those of one kind go from 0.1 megapixels to the largest in even steps of their logarithm. */
export function pool(photos: Photos, largest: number): { name: string; make(): Promise<Uint8Array> }[] {
  return KINDS.flatMap(([name, count, encode, damage]) =>
    Array.from({ length: count }, (_, i) => {
      const share = count === 1 ? 1 : i / (count - 1);
      const megapixels = SMALLEST * (largest / SMALLEST) ** share;
      return {
        name,
        async make(): Promise<Uint8Array> {
          const bytes = await encode(mosaic(photos, megapixels, i)).toBuffer();
          return damage === undefined ? bytes : damage(bytes);
        },
      };
    }),
  );
}
