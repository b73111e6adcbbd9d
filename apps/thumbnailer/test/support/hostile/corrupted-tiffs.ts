import { DAMAGED, family, inserted, type HostileFile } from './file.ts';
import { directory, header, HEADER_BYTES, stripTiff, TAGS, tiff, type Tags } from './tiff.ts';

/** TIFF is so wide a format that nonsense may as well be a kind that libtiff does not know. */
const MAYBE: HostileFile['expect'] = [...DAMAGED, 'unsupported'];
const SIDE = 32;
const grey = Buffer.from(Array.from({ length: SIDE * SIDE }, (_, i) => (i * 37) % 256));
const ABOUT = { width: SIDE, height: SIDE, bits: 8, compression: 1, photometric: 1, samples: 1 };
const square = (tags: Tags = {}) => stripTiff(SIDE, SIDE, grey, tags);

export function corruptedTiffs(): HostileFile[] {
  const bad = family('corrupted tiff', MAYBE);
  const one = [{ tag: TAGS.width, value: SIDE }];
  return [
    bad('nothing, written by hand', square(), 'made'),
    bad('directory at its header', Buffer.concat([header(0), grey]), 'corrupt'),
    bad('directory beyond its end', Buffer.concat([header(0x7fffffff), grey]), 'corrupt'),
    bad(
      'directory that follows itself',
      tiff(
        (dataAt) => ({ ...ABOUT, rowsPerStrip: SIDE, stripOffsets: dataAt, stripBytes: grey.length }),
        grey,
        HEADER_BYTES,
      ),
    ),
    bad('two directories that follow each other', twoThatFollowEachOther()),
    bad('65,535 entries', Buffer.concat([header(HEADER_BYTES), directory(one, 0, 65_535)]), 'corrupt'),
    bad('no entries', Buffer.concat([header(HEADER_BYTES), directory([], 0)]), 'corrupt'),
    bad(
      'no strips',
      tiff(() => ABOUT),
      'corrupt',
    ),
    bad(
      'tag of 4 G values',
      Buffer.concat([
        header(HEADER_BYTES),
        directory([...one, { tag: TAGS.stripOffsets, count: 0xffffffff, value: 8 }], 0),
      ]),
      'corrupt',
    ),
    bad('strip beyond its end', square({ stripOffsets: 0x7fffff00 })),
    bad('strip at its header', square({ stripOffsets: 0 })),
    bad('strip of no bytes', square({ stripBytes: 0 })),
    bad('strip of 4 GB', square({ stripBytes: 0xffffffff })),
    bad('no rows per strip', square({ rowsPerStrip: 0 })),
    bad('4 G rows per strip', square({ rowsPerStrip: 0xffffffff })),
    bad('no width', square({ width: 0 }), 'corrupt'),
    bad('ten times as high as its strip', square({ height: SIDE * 10, rowsPerStrip: SIDE * 10 })),
    ...[0, 3, 64, 65_535].map((bits) => bad(`${bits} bits per sample`, square({ bits }))),
    ...[0, 65_535].map((samples) => bad(`${samples} samples per pixel`, square({ samples }))),
    ...[2, 3, 4, 5, 6, 7, 8, 32_773, 34_712, 34_925, 50_000, 50_001, 50_002, 65_000].map((compression) =>
      bad(`compression ${compression} of what is not`, square({ compression })),
    ),
    bad('photometric 99', square({ photometric: 99 })),
    bad('palette without colours', square({ photometric: 3 })),
    bad('YCbCr of one sample', square({ photometric: 6 })),
    bad('planes apart, of one strip', square({ samples: 3, planar: 2, photometric: 2 })),
    bad('predictor 99', square({ predictor: 99, compression: 5 })),
    bad('sample format 99', square({ sampleFormat: 99 })),
    bad('orientation 99', square({ orientation: 99 })),
    bad('tiles of 0 × 0', tiled(0, 0), 'corrupt'),
    bad('tiles of 65,520 × 65,520', tiled(65_520, 65_520)),
    bad('tiles of 4 G × 16', tiled(0xffff_fff0, 16)),
    bad('bytes before its directory', inserted(square(), HEADER_BYTES, Buffer.alloc(3))),
  ];
}

/** Of a picture that is much smaller than one tile: decoders allocate by the tile. */
function tiled(tileWidth: number, tileHeight: number): Buffer {
  const tile = { tileWidth, tileHeight, tileBytes: grey.length };
  return tiff((dataAt) => ({ ...ABOUT, ...tile, tileOffsets: dataAt }), grey);
}

function twoThatFollowEachOther(): Buffer {
  const strip = { rowsPerStrip: SIDE, stripBytes: grey.length };
  const tags = (stripOffsets: number) => ({ ...ABOUT, ...strip, stripOffsets });
  const directoryBytes = tiff(() => tags(0)).length - HEADER_BYTES;
  const second = HEADER_BYTES + directoryBytes;
  const dataAt = second + directoryBytes;
  const first = tiff(() => tags(dataAt), undefined, second);
  const last = tiff(() => tags(dataAt), undefined, HEADER_BYTES).subarray(HEADER_BYTES);
  return Buffer.concat([first, last, grey]);
}
