import { boxOf, resized } from './boxes.ts';
import { DAMAGED, family, patched, u16be, u32be, type HostileFile } from './file.ts';
import { WIDTH, HEIGHT, type Sound } from './sound.ts';

export function corruptedAvifs({ avif }: Sound): HostileFile[] {
  const bad = family('corrupted avif');
  return [
    ...['meta', 'iloc', 'iinf', 'iprp', 'ispe', 'mdat'].flatMap((type) =>
      [0, 1, 0xffffffff].map((size) =>
        bad(
          `${type} of size ${size}`,
          patched(avif, boxOf(avif, type).at, u32be(size)),
          ...DAMAGED,
          'unsupported',
        ),
      ),
    ),
    ...['meta', 'hdlr', 'pitm', 'iloc', 'iinf', 'ispe', 'av1C', 'ipma'].map((type) =>
      bad(`no ${type}`, patched(avif, boxOf(avif, type).at + 4, Buffer.from('free'))),
    ),
    bad('extent beyond the file', patched(avif, boxOf(avif, 'iloc').end - 8, u32be(0x7fffffff))),
    bad('65,535 items', patched(avif, boxOf(avif, 'iinf').body + 4, u16be(65_535))),
    bad('another item as its picture', patched(avif, boxOf(avif, 'pitm').body + 4, u16be(77)), 'corrupt'),
    bad('picture larger than it says', resized(avif, WIDTH / 2, HEIGHT / 2)),
    bad('picture smaller than it says', resized(avif, WIDTH * 4, HEIGHT * 4)),
    bad('size of 0', resized(avif, 0, 0), 'corrupt'),
  ];
}
