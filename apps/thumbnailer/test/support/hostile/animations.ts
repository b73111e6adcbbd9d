import { hostile, inserted, u16be, u32be, type HostileFile, type Outcome } from './file.ts';
import { frame, gif, plainPixels } from './gif.ts';
import { AFTER_HEADER, chunk, chunksOf } from './png.ts';
import { HEIGHT, picture, WIDTH, type Sound } from './sound.ts';
import { header, HEADER_BYTES, tiff } from './tiff.ts';
import * as riff from './webp.ts';

/** More frames than anyone looks at, or larger ones. */
export async function animations(sound: Sound): Promise<HostileFile[]> {
  const giant = (what: string, bytes: Buffer, ...expect: readonly Outcome[]) =>
    hostile(`animation: ${what}`, bytes, ...expect);
  const dot = frame({ width: 1, height: 1 });
  const tiny = riff.chunkOf(await picture(2, 2).webp({ effort: 0 }).toBuffer(), 'VP8 ');
  const webp = (frames: number, width: number, height: number, image: Buffer, side: number) =>
    riff.webp(
      riff.extendedHeader(width, height, 'animation'),
      riff.ANIMATION_HEADER,
      ...Array<Buffer>(frames).fill(riff.animationFrame(image, side, side)),
    );
  return [
    giant('GIF of 10,000 frames', gif(8, 8, ...Array<Buffer>(10_000).fill(dot)), 'too_many_frames'),
    giant(
      'GIF of 100 frames',
      gif(8, 8, frame({ width: 8, height: 8, data: plainPixels(64) }), ...Array<Buffer>(99).fill(dot)),
      'made',
    ),
    giant('GIF of 101 frames', gif(8, 8, ...Array<Buffer>(101).fill(dot)), 'too_many_frames'),
    giant('GIF of 100 frames of 9 megapixels', gif(3_000, 3_000, ...Array<Buffer>(100).fill(dot)), 'made'),
    giant(
      'GIF of 100 frames that each cover 60,000²',
      gif(60_000, 60_000, ...Array<Buffer>(100).fill(dot)),
      'made',
      'too_many_pixels',
    ),
    giant('WebP of 40,000 frames', webp(40_000, 8, 8, tiny, 2), 'too_many_frames'),
    giant('WebP of 101 frames', webp(101, 8, 8, tiny, 2), 'too_many_frames'),
    giant('WebP of 10,000 frames', webp(10_000, 8, 8, tiny, 2), 'too_many_frames'),
    giant('WebP of 100 frames', webp(100, 8, 8, tiny, 2), 'made'),
    giant('WebP of 100 frames of 9 megapixels', webp(100, 3_000, 3_000, tiny, 2), 'made'),
    giant('APNG of 10,000 frames', apng(sound.png, 10_000), 'made', 'too_many_frames'),
    giant('APNG that says it has 4 G frames', apng(sound.png, 1, 0xffffffff), 'made', 'too_many_frames'),
    giant('TIFF of 2,000 pages', pages(2_000), 'too_many_frames'),
    giant('TIFF of 100 pages', pages(100), 'made'),
  ];
}

/** The picture of a PNG, and `frames` frames of one pixel. https://www.w3.org/TR/png-3/#apng-frame-based-animation */
function apng(still: Buffer, frames: number, claimed = frames): Buffer {
  const end = chunksOf(still).find(({ type }) => type === 'IEND')?.at ?? 0;
  const control = (i: number, width: number, height: number) =>
    chunk('fcTL', Buffer.concat([u32be(i, width, height, 0, 0), u16be(1, 10), Buffer.of(0, 0)]));
  const pixels = Buffer.from('789c63606060000000040001', 'hex');
  const parts = Array.from({ length: frames }, (_, i) =>
    Buffer.concat([control(2 * i + 1, 1, 1), chunk('fdAT', Buffer.concat([u32be(2 * i + 2), pixels]))]),
  );
  const animated = inserted(still, end, ...parts);
  return inserted(animated, AFTER_HEADER, chunk('acTL', u32be(claimed, 0)), control(0, WIDTH, HEIGHT));
}

/** Directories behind each other, which all show the same strip. */
function pages(count: number): Buffer {
  const pixels = Buffer.from([...Array(256).keys()]);
  const about = {
    width: 16,
    height: 16,
    bits: 8,
    compression: 1,
    photometric: 1,
    samples: 1,
    rowsPerStrip: 16,
  };
  const page = (stripOffsets: number, next: number) =>
    tiff(() => ({ ...about, stripOffsets, stripBytes: pixels.length }), undefined, next).subarray(
      HEADER_BYTES,
    );
  const pageBytes = page(0, 0).length;
  const at = (i: number) => HEADER_BYTES + i * pageBytes;
  const directories = Array.from({ length: count }, (_, i) =>
    page(at(count), i + 1 === count ? 0 : at(i + 1)),
  );
  return Buffer.concat([header(HEADER_BYTES), ...directories, pixels]);
}
