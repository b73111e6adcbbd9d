import { ascii, family, inserted, type HostileFile } from './file.ts';
import { manyScans } from './grey-jpeg.ts';
import { AFTER_HEADER, chunk, deflatedZeros } from './png.ts';
import type { Sound } from './sound.ts';
import { stripTiff } from './tiff.ts';
import * as riff from './webp.ts';

/** Small pictures that want to be much work. */
export function workBombs(sound: Sound): HostileFile[] {
  return [...scanBombs(), ...textBombs(sound), ...stripBombs()];
}

function scanBombs(): HostileFile[] {
  const bomb = family('bomb');
  return [
    bomb('JPEG of 20 scans that say nothing', manyScans(512, 512, 20)),
    bomb('JPEG of 90 scans and 9 megapixels', manyScans(3_000, 3_000, 90)),
    bomb('JPEG of 10,000 scans', manyScans(64, 64, 10_000), 'too_slow'),
    bomb('JPEG of 3,000 scans and 9 megapixels', manyScans(3_000, 3_000, 3_000), 'too_slow'),
  ];
}

/** Zeros in a few kB, in chunks that are read with the header. */
function textBombs({ png: whole, webp }: Sound): HostileFile[] {
  const bomb = family('bomb', ['made']);
  const zeros = deflatedZeros(50);
  const keyword = ascii('Comment\0');
  const text = (what: string, ...chunks: Buffer[]) =>
    bomb(`PNG with ${what}`, inserted(whole, AFTER_HEADER, ...chunks));
  const zTXt = chunk('zTXt', Buffer.concat([keyword, Buffer.of(0), zeros]));
  const iTXt = (name: Buffer) => chunk('iTXt', Buffer.concat([name, Buffer.of(1, 0, 0, 0), zeros]));
  const xmp = riff.chunk('XMP ', Buffer.alloc(2_000_000));
  return [
    text('50 MB of zTXt', zTXt),
    text('50 MB of iTXt', iTXt(keyword)),
    text('50 MB of XMP', iTXt(ascii('XML:com.adobe.xmp\0'))),
    text('50 MB of iCCP', chunk('iCCP', Buffer.concat([keyword, Buffer.of(0), zeros]))),
    text('60 times 50 MB of zTXt', ...Array<Buffer>(60).fill(zTXt)),
    bomb('WebP with 2 MB of XMP', riff.webp(riff.extendedHeader(96, 72), riff.chunkOf(webp, 'VP8 '), xmp)),
  ];
}

/** Strips and samples that unpack to far more than the picture they are of. */
function stripBombs(): HostileFile[] {
  const bomb = family('bomb');
  const zeros = deflatedZeros(40);
  const deflated = { compression: 8 };
  return [
    bomb('TIFF strip of 40 MB for 32 × 32', stripTiff(32, 32, zeros, deflated)),
    bomb(
      'TIFF of 1,000 samples per pixel',
      stripTiff(200, 200, zeros, { ...deflated, samples: 1_000 }),
      'unsupported',
    ),
    bomb('TIFF of 9 megapixels in one strip', stripTiff(3_000, 3_000, zeros, deflated)),
  ];
}
