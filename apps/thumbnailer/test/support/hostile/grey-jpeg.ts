import { seeded, u16be } from './file.ts';
import { segment } from './jpeg.ts';

const SOI = Buffer.of(0xff, 0xd8);
const EOI = Buffer.of(0xff, 0xd9);
/** T.81 annex C: twelve categories of differences in 4 bits each; one symbol, the end of the block, in 1 bit. */
const DC_TABLE = segment(
  0xc4,
  Buffer.of(0x00, 0, 0, 0, 12, ...Array<number>(12).fill(0)),
  Buffer.from([...Array(12).keys()]),
);
const AC_TABLE = segment(0xc4, Buffer.of(0x10, 1, ...Array<number>(15).fill(0)), Buffer.of(0));
const QUANTISATION = segment(0xdb, Buffer.of(0, ...Array<number>(64).fill(8)));

function frame(marker: number, width: number, height: number): Buffer {
  return segment(marker, Buffer.of(8), u16be(height, width), Buffer.of(1, 1, 0x11, 0));
}

/** `from` to `to` of the coefficients; `high` and `low` are the bits before and after. */
function scanHeader(from = 0, to = 63, high = 0, low = 0): Buffer {
  return segment(0xda, Buffer.of(1, 1, 0, from, to, high * 16 + low));
}

/** One block of one grey each, with a restart marker behind every one: sharp's encoder writes none. */
export function restartJpeg(blocksWide: number, blocksHigh: number): Buffer {
  const random = seeded(blocksWide);
  const blocks = Array.from({ length: blocksWide * blocksHigh }, (_, i) => {
    // Category 6: six bits of a difference of 32 to 63, then the end of the block, then ones up to the byte.
    const bits = `0110${(32 + Math.floor(random() * 32)).toString(2)}0`.padEnd(16, '1');
    const coded = u16be(Number.parseInt(bits, 2));
    return Buffer.concat([coded, Buffer.of(0xff, 0xd0 + (i % 8))]);
  });
  return Buffer.concat([
    SOI,
    QUANTISATION,
    frame(0xc0, blocksWide * 8, blocksHigh * 8),
    DC_TABLE,
    AC_TABLE,
    segment(0xdd, u16be(1)),
    scanHeader(),
    ...blocks,
    EOI,
  ]);
}

/**
 * A progressive JPEG whose scans are headers only: a decoder goes through all blocks for each of
 * them, for ten bytes. "Two Issues with the JPEG Standard", https://libjpeg-turbo.org/About/TwoIssueswiththeJPEGStandard
 */
export function manyScans(width: number, height: number, scans: number): Buffer {
  const first = scanHeader(0, 0, 0, 1);
  const refinement = scanHeader(0, 0, 1, 0);
  return Buffer.concat([
    SOI,
    QUANTISATION,
    frame(0xc2, width, height),
    DC_TABLE,
    AC_TABLE,
    first,
    // One block: category 6, and its six bits.
    Buffer.of(0x69, 0x7f),
    ...Array<Buffer>(scans).fill(refinement),
    EOI,
  ]);
}
