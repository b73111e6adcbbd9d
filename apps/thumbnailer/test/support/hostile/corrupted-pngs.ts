import { family, inserted, patched, u32be, type HostileFile } from './file.ts';
import { AFTER_HEADER, chunk, chunksOf, png, rows, SIGNATURE } from './png.ts';
import { HEIGHT, type Sound } from './sound.ts';

export function corruptedPngs({ png: whole, palette }: Sound): HostileFile[] {
  const bad = family('corrupted png');
  const named = (type: string) => chunksOf(whole).find((one) => one.type === type) ?? { at: 0, end: 0 };
  const drop = (file: Buffer, type: string) =>
    Buffer.concat([
      SIGNATURE,
      ...chunksOf(file)
        .filter((one) => one.type !== type)
        .map(({ at, end }) => file.subarray(at, end)),
    ]);
  const header = (at: number, ...bytes: number[]) => {
    const data = patched(whole.subarray(16, 29), at, Buffer.of(...bytes));
    return Buffer.concat([SIGNATURE, chunk('IHDR', data), whole.subarray(AFTER_HEADER)]);
  };
  return [
    ...['IHDR', 'pHYs', 'IDAT', 'IEND'].flatMap((type) => [
      bad(`wrong checksum of ${type}`, patched(whole, named(type).end - 4, u32be(0x12345678))),
      ...[0, 0x7fffffff, 0xffffffff].map((length) =>
        bad(`${type} of length ${length}`, patched(whole, named(type).at, u32be(length))),
      ),
    ]),
    ...['IHDR', 'IDAT'].map((type) => bad(`no ${type}`, drop(whole, type), 'corrupt')),
    bad('no IEND', drop(whole, 'IEND')),
    bad('no PLTE', drop(palette, 'PLTE')),
    bad('no width', header(0, 0, 0, 0, 0), 'corrupt'),
    bad('negative height', header(4, 0xff, 0xff, 0xff, 0xff), 'corrupt'),
    bad('depth of 3', header(8, 3), 'corrupt'),
    bad('colour type 5', header(9, 5), 'corrupt'),
    bad('compression 1', header(10, 1), 'corrupt'),
    bad('interlacing 2', header(12, 2)),
    bad('ten times as high as its data', header(4, ...u32be(HEIGHT * 10))),
    bad('IHDR twice', inserted(whole, AFTER_HEADER, whole.subarray(8, AFTER_HEADER))),
    bad('unknown critical chunk', inserted(whole, AFTER_HEADER, chunk('ABCD', Buffer.alloc(9)))),
    bad(
      '10,000 empty chunks',
      inserted(whole, AFTER_HEADER, ...Array<Buffer>(10_000).fill(chunk('tEXt'))),
      'made',
      'salvaged',
    ),
    bad(
      '1,000 empty IDAT',
      inserted(whole, named('IDAT').at, ...Array<Buffer>(1_000).fill(chunk('IDAT'))),
      'made',
    ),
    bad(
      'filter 9',
      png(
        { width: 32, height: 32 },
        rows(32, Buffer.alloc(32, 7)).map((byte, i) => (i % 33 === 0 ? 9 : byte)),
      ),
    ),
    bad(
      'pixels that are not zlib',
      Buffer.concat([whole.subarray(0, AFTER_HEADER), chunk('IDAT', Buffer.alloc(99, 0x55)), chunk('IEND')]),
      'corrupt',
    ),
  ];
}
