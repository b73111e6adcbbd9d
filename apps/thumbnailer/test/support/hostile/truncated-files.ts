import { boxesOf } from './boxes.ts';
import { cut, type Cut } from './cut.ts';
import { DAMAGED, type HostileFile, type Outcome } from './file.ts';
import { partsOf } from './gif.ts';
import type { Sound } from './sound.ts';

/** GIF, TIFF and AVIF, cut in each of their parts. */
export function truncatedFiles({ gif, tiff, avif }: Sound): HostileFile[] {
  return [...truncatedGif(gif), ...truncatedTiff(tiff), ...truncatedAvif(avif)];
}

function truncatedGif(whole: Buffer): HostileFile[] {
  const { descriptors, tableEnd } = partsOf(whole);
  const [first = 0, second = 0, third = 0] = descriptors;
  const headers: Cut[] = [
    ['in its signature', 5],
    ['in its screen descriptor', 9],
    ['in its colour table', (13 + tableEnd) >> 1],
    ['after its colour table', tableEnd],
    ['before its first frame', first],
    ['in an image descriptor', first + 4],
    ['before its LZW code size', first + 10],
  ];
  const frames: Cut[] = [
    ['after its LZW code size', first + 11],
    ['at the start of its LZW data', first + 20],
    ['in its LZW data', (first + second) >> 1],
    ['at the end of its LZW data', second - 12],
    ['between two frames', second],
    ['in the second frame', (second + third) >> 1],
    ['before its trailer', whole.length - 1],
  ];
  return [...cut('gif', whole, headers, 'corrupt'), ...cut('gif', whole, frames, ...DAMAGED)];
}

/** libvips writes the strips first and the directory last. */
function truncatedTiff(whole: Buffer): HostileFile[] {
  const directory = whole.readUInt32LE(4);
  const cuts: Cut[] = [
    ['in its header', 6],
    ['after its header', 8],
    ['in its strips', directory >> 1],
    ['before its directory', directory],
    ['in the count of its directory', directory + 1],
    ['in its directory', directory + 40],
  ];
  return [
    ...cut('tiff', whole, cuts, 'corrupt'),
    ...cut('tiff', whole, [['in the values of its directory', whole.length - 3]], ...DAMAGED),
  ];
}

function truncatedAvif(whole: Buffer): HostileFile[] {
  const inName = cut('avif', whole, [['in its brand', 11]], 'unsupported');
  const inBoxes = boxesOf(whole).flatMap(({ type, at, body, end }) => {
    const cuts: Cut[] = [
      [`before ${type}`, at],
      [`in the header of ${type}`, body - 2],
      [`in ${type}`, (body + end) >> 1],
    ];
    const expect: readonly Outcome[] = type === 'mdat' ? DAMAGED : ['corrupt'];
    return cut(
      'avif',
      whole,
      cuts.filter(([, length]) => length > 11),
      ...expect,
    );
  });
  return [...inName, ...inBoxes];
}
