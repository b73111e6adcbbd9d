import { resized as resizedAvif } from './boxes.ts';
import { hostile, patched, u16le, u32le, type HostileFile } from './file.ts';
import { frame, gif } from './gif.ts';
import { resized as resizedJpeg } from './jpeg.ts';
import { deflatedZeros, png } from './png.ts';
import type { Sound } from './sound.ts';
import { stripTiff } from './tiff.ts';
import * as riff from './webp.ts';

/** Few bytes that want to become many pixels. */
export function sizeBombs({ jpeg, progressive, webp, lossless, avif }: Sound): HostileFile[] {
  const bomb = (what: string, bytes: Buffer) => hostile(`bomb: ${what}`, bytes, 'too_many_pixels');
  // Some kB each: no decoder comes as far as to miss the rest of the 500 MB of zeros.
  const zeros = deflatedZeros(8);
  const vp8 = riff.chunkOf(webp, 'VP8 ');
  const vp8l = riff.chunkOf(lossless, 'VP8L');
  return [
    bomb('JPEG of 65,500²', resizedJpeg(jpeg, 65_500, 65_500)),
    bomb('JPEG of 65,535²', resizedJpeg(jpeg, 65_535, 65_535)),
    bomb('progressive JPEG of 65,500²', resizedJpeg(progressive, 65_500, 65_500)),
    bomb('PNG of 64,250²', png({ width: 64_250, height: 64_250, depth: 1 }, zeros)),
    bomb('interlaced PNG of 64,250²', png({ width: 64_250, height: 64_250, interlaced: true }, zeros)),
    bomb('PNG of 1,000,000²', png({ width: 1_000_000, height: 1_000_000, depth: 1 }, zeros)),
    bomb('PNG of 10,000,000 × 100', png({ width: 10_000_000, height: 100 }, zeros)),
    bomb('GIF of 65,535²', gif(65_535, 65_535, frame({ width: 65_535, height: 65_535 }))),
    bomb('WebP of 16,383²', patched(webp, 26, u16le(16_383, 16_383))),
    bomb('lossless WebP of 16,384²', riff.webp(patched(vp8l, 9, u32le(0x0fffffff)))),
    bomb('lossless WebP of 16,383²', riff.webp(patched(vp8l, 9, u32le(0x3ffe * 0x4001)))),
    bomb(
      'animated WebP canvas of 16,383²',
      riff.webp(
        riff.extendedHeader(16_383, 16_383, 'animation'),
        riff.ANIMATION_HEADER,
        riff.animationFrame(vp8, 96, 72),
      ),
    ),
    bomb('TIFF of 100,000², deflated', stripTiff(100_000, 100_000, zeros, { compression: 8 })),
    bomb('TIFF of 100,000², 1 bit', stripTiff(100_000, 100_000, zeros, { compression: 5, bits: 1 })),
    bomb('AVIF of 60,000²', resizedAvif(avif, 60_000, 60_000)),
    // What is patched here contradicts the rest of the file, and that is seen before the size.
    hostile(
      'bomb: WebP canvas of 16,383² around a small picture',
      riff.webp(riff.extendedHeader(16_383, 16_383), vp8),
      'corrupt',
    ),
    hostile(
      'bomb: AVIF of 2,000,000,000²',
      resizedAvif(avif, 2_000_000_000, 2_000_000_000),
      'corrupt',
      'too_many_pixels',
    ),
    // libnsgif takes a screen of that size for a mistake, and the frame for the picture.
    hostile(
      'bomb: GIF of 65,535² around one pixel',
      gif(65_535, 65_535, frame({ width: 1, height: 1 })),
      'made',
      'too_many_pixels',
    ),
  ];
}
