import { DAMAGED, hostile, type HostileFile, type Outcome } from './file.ts';
import { restartJpeg } from './grey-jpeg.ts';
import { firstOf, segmentsOf, type Segment } from './jpeg.ts';
import type { Sound } from './sound.ts';

/** Cut before, in and after the first segment of each kind. */
export function truncatedJpegs({ jpeg, progressive, cmyk, larger }: Sound): HostileFile[] {
  const kinds = Object.entries({ jpeg, progressive, cmyk, restart: restartJpeg(12, 9) });
  // One block of garbage is a part of a small picture, but not of a photo.
  const pixelless = hostile(
    'truncated photo: after SOS',
    larger.subarray(0, firstOf(larger, 'SOS').end),
    'corrupt',
  );
  return [pixelless, ...kinds.flatMap(([kind, whole]) => truncated(kind, whole))];
}

function truncated(kind: string, whole: Buffer): HostileFile[] {
  const segments = segmentsOf(whole);
  const pixelsAt = segments.find(({ name }) => name === 'scan')?.at ?? 0;
  const cuts = segments.filter(isFirstOfItsName).flatMap((segment) => cutsOf(segment));
  const last = segments.filter(({ name }) => name === 'scan').at(-1);
  cuts.push(['in the last scan', ((last?.at ?? 0) + (last?.end ?? 0)) >> 1]);
  return cuts
    .filter(([, length], i) => length > 0 && cuts.findIndex(([, other]) => other === length) === i)
    .map(([where, length]) =>
      hostile(`truncated ${kind}: ${where}`, whole.subarray(0, length), ...expected(length, pixelsAt)),
    );
}

function isFirstOfItsName({ name }: Segment, index: number, all: Segment[]): boolean {
  return all.findIndex((other) => other.name === name) === index;
}

function cutsOf({ name, at, end }: Segment): [where: string, length: number][] {
  if (name === 'scan')
    return [25, 50, 75].map((percent) => [
      `at ${percent} % of its scan`,
      at + Math.floor(((end - at) * percent) / 100),
    ]);
  const within = end - at > 4 ? at + 2 + ((end - at - 2) >> 1) : at + 1;
  return [
    [`before ${name}`, at],
    [`in the marker of ${name}`, at + 1],
    [`in ${name}`, within],
    [`after ${name}`, end],
  ];
}

/** One byte is not yet a JPEG; without a pixel there is nothing to show. */
function expected(length: number, pixelsAt: number): readonly Outcome[] {
  if (length < 2) return ['unsupported'];
  return length < pixelsAt ? ['corrupt'] : DAMAGED;
}
