import { family, patched, u32le, type HostileFile } from './file.ts';
import { HEIGHT, WIDTH, type Sound } from './sound.ts';
import * as riff from './webp.ts';

export function corruptedWebps({ webp, lossless, animated }: Sound): HostileFile[] {
  const bad = family('corrupted webp');
  const lossy = riff.chunkOf(webp, 'VP8 ');
  return [
    ...[0, 0xffffffff, 0xfffffff6].map((size) => bad(`RIFF of size ${size}`, patched(webp, 4, u32le(size)))),
    ...[0, 1, 0xffffffff].map((size) =>
      bad(`VP8 of size ${size}`, patched(webp, 16, u32le(size)), 'corrupt'),
    ),
    bad('VP8L of size 0', patched(lossless, 16, u32le(0)), 'corrupt'),
    bad('canvas smaller than its picture', riff.webp(riff.extendedHeader(8, 8), lossy)),
    bad('canvas larger than its picture', riff.webp(riff.extendedHeader(2000, 2000), lossy)),
    bad('extended without a picture', riff.webp(riff.extendedHeader(WIDTH, HEIGHT)), 'corrupt'),
    bad(
      'animation without frames',
      riff.webp(riff.extendedHeader(WIDTH, HEIGHT, 'animation'), riff.ANIMATION_HEADER),
      'corrupt',
    ),
    bad(
      'frame outside the canvas',
      riff.webp(
        riff.extendedHeader(WIDTH, HEIGHT, 'animation'),
        riff.ANIMATION_HEADER,
        riff.animationFrame(lossy, WIDTH, HEIGHT, 5_000),
      ),
    ),
    bad(
      'frame of another size than its picture',
      riff.webp(
        riff.extendedHeader(WIDTH, HEIGHT, 'animation'),
        riff.ANIMATION_HEADER,
        riff.animationFrame(lossy, 10, 10),
      ),
    ),
    bad(
      'profile without its flag',
      riff.webp(riff.extendedHeader(WIDTH, HEIGHT), riff.chunk('ICCP', Buffer.alloc(20)), lossy),
      'made',
    ),
    bad(
      'profile that is longer than the file',
      riff.webp(
        riff.extendedHeader(WIDTH, HEIGHT, 'icc'),
        riff.chunk('ICCP', Buffer.alloc(20), 0xffff_ff00),
        lossy,
      ),
      'corrupt',
    ),
    bad('wrong start code', patched(webp, 23, Buffer.of(1, 2, 3)), 'corrupt'),
    bad('animation header of 0xff', patched(animated, 38, Buffer.alloc(6, 0xff))),
  ];
}
