import { family, inserted, patched, u16le, type HostileFile } from './file.ts';
import { frame, gif, partsOf, plainPixels, screen, TRAILER } from './gif.ts';
import type { Sound } from './sound.ts';

const SIDE = 32;
const pixels = plainPixels(SIDE * SIDE);
const whole = frame({ width: SIDE, height: SIDE, data: pixels });

export function corruptedGifs(sound: Sound): HostileFile[] {
  const [descriptor = 0] = partsOf(sound.gif).descriptors;
  const bad = family('corrupted gif');
  return [
    bad('nothing, written by hand', gif(SIDE, SIDE, whole), 'made'),
    bad('no frames', gif(SIDE, SIDE), 'corrupt'),
    bad('no trailer', Buffer.concat([screen(SIDE, SIDE), whole]), 'made', 'salvaged'),
    bad('screen of 0 × 0', gif(0, 0, whole)),
    bad('frame of 0 × 0', gif(SIDE, SIDE, frame({ width: 0, height: 0 }))),
    bad('frame of 0 × 0 before a whole one', gif(SIDE, SIDE, frame({ width: 0, height: 0 }), whole)),
    bad(
      'frame outside the screen',
      gif(SIDE, SIDE, frame({ left: 500, top: 500, width: SIDE, height: SIDE, data: pixels })),
    ),
    bad('frame larger than the screen', gif(8, 8, whole)),
    bad(
      'frame of 65,535 × 65,535 on a small screen',
      gif(8, 8, frame({ width: 65_535, height: 65_535 })),
      'too_many_pixels',
      'corrupt',
      'salvaged',
      'made',
    ),
    ...[0, 1, 9, 12, 13, 255].map((codeSize) =>
      bad(
        `LZW code size ${codeSize}`,
        gif(SIDE, SIDE, frame({ width: SIDE, height: SIDE, codeSize, data: pixels })),
      ),
    ),
    bad(
      'LZW codes that are not there yet',
      gif(SIDE, SIDE, frame({ width: SIDE, height: SIDE, data: Buffer.alloc(200, 0xff) })),
    ),
    bad(
      'LZW that ends at once',
      gif(SIDE, SIDE, frame({ width: SIDE, height: SIDE, data: Buffer.of(0x2c) })),
    ),
    bad(
      'LZW of more pixels than the frame',
      gif(SIDE, SIDE, frame({ width: SIDE, height: SIDE, data: plainPixels(SIDE * SIDE * 4) })),
    ),
    bad(
      'extension without an end',
      Buffer.concat([screen(SIDE, SIDE), Buffer.of(0x21, 0xff, 0xff), Buffer.alloc(40, 1)]),
      'corrupt',
    ),
    bad(
      'extension of 100,000 empty comments',
      Buffer.concat([
        screen(SIDE, SIDE),
        ...Array<Buffer>(100_000).fill(Buffer.of(0x21, 0xfe, 0)),
        whole,
        TRAILER,
      ]),
      'made',
    ),
    bad('unknown block', inserted(sound.gif, descriptor, Buffer.alloc(9, 0x77))),
    bad('no colour table', patched(sound.gif, 10, Buffer.of(0))),
    bad('first frame 0 pixels wide', patched(sound.gif, descriptor + 5, u16le(0))),
    bad('version 99a', patched(sound.gif, 3, Buffer.from('99a')), 'unsupported', 'corrupt', 'made'),
  ];
}
