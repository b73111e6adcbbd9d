import { cut, type Cut } from './cut.ts';
import { DAMAGED, type HostileFile } from './file.ts';
import { chunksOf as pngChunks } from './png.ts';
import type { Sound } from './sound.ts';
import { chunksOf as riffChunks } from './webp.ts';

/** PNG and WebP, cut in the first chunk of each kind. */
export function truncatedChunks(sound: Sound): HostileFile[] {
  const { png, interlaced, palette, webp, lossless, extended, animated } = sound;
  return [
    ...Object.entries({ png, interlaced, palette }).flatMap(([kind, whole]) => truncatedPng(kind, whole)),
    ...Object.entries({ webp, lossless, extended, animated }).flatMap(([kind, whole]) =>
      truncatedWebp(kind, whole),
    ),
  ];
}

function truncatedPng(kind: string, whole: Buffer): HostileFile[] {
  const inSignature = cut(
    kind,
    whole,
    [
      ['in its signature', 4],
      ['after its signature', 8],
    ],
    'corrupt',
  );
  const pixelsAt = (pngChunks(whole).find(({ type }) => type === 'IDAT')?.at ?? 0) + 8;
  const inChunks = chunksOnce(pngChunks(whole)).flatMap(({ type, at, end }) => {
    const cuts: Cut[] = [
      [`in the length of ${type}`, at + 2],
      [`in the name of ${type}`, at + 6],
      [`in ${type}`, (at + end) >> 1],
      [`in the checksum of ${type}`, end - 2],
    ];
    return cutsBehind(pixelsAt, kind, whole, cuts);
  });
  return [...inSignature, ...inChunks];
}

function truncatedWebp(kind: string, whole: Buffer): HostileFile[] {
  const inRiff = cut(kind, whole, [['in RIFF', 6]], 'unsupported');
  const image = riffChunks(whole).find(({ type }) => /^(VP8[ L]|ANMF)$/.test(type));
  const pixelsAt = (image?.at ?? 0) + 12;
  const inChunks = chunksOnce(riffChunks(whole)).flatMap(({ type, at, end }) => {
    const name = type.trim();
    const cuts: Cut[] = [
      [`in the size of ${name}`, at + 6],
      [`in the start of ${name}`, at + 12],
      [`in ${name}`, (at + end) >> 1],
      [`at the end of ${name}`, end - 2],
    ];
    return cutsBehind(pixelsAt, kind, whole, cuts);
  });
  return [...inRiff, ...cut(kind, whole, [['after RIFF', 12]], 'corrupt'), ...inChunks];
}

function chunksOnce<T extends { type: string }>(chunks: T[]): T[] {
  return chunks.filter(({ type }, i) => chunks.findIndex((other) => other.type === type) === i);
}

/** Cut before its pixels, a file is corrupt; later, the decoder decides. */
function cutsBehind(pixelsAt: number, kind: string, whole: Buffer, cuts: readonly Cut[]): HostileFile[] {
  return cuts.flatMap((one) =>
    cut(kind, whole, [one], ...(one[1] <= pixelsAt ? (['corrupt'] as const) : DAMAGED)),
  );
}
