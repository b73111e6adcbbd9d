import type { Verdict } from '@groundwork/contracts';
import sharp from 'sharp';
import type { Size } from '../../domain/plan.ts';
import type { Opened } from './open.ts';
import { exactly, fromPixels, toPixels, type Pixels } from './pixels.ts';
import { isTimeout, type Deadline } from './time-limit.ts';
import { firstLine, refuse } from './verdict.ts';

/**
 * The first decode is strict. What fails it (cut short, a phone's odd headers) is
 * tried once more with all that libvips can save, and marked as salvaged.
 */
export async function decode(
  original: Uint8Array,
  { gamut, cost }: Opened,
  size: Size,
  { seconds }: Deadline,
): Promise<{ pixels: Pixels; salvaged: boolean } | { verdict: Verdict }> {
  const attempt = (failOn: 'error' | 'none'): Promise<Pixels> =>
    toPixels(
      sharp(original, { limitInputPixels: cost, failOn, sequentialRead: true, ignoreIcc: gamut === 'p3' })
        .autoOrient()
        .resize(exactly(size))
        .toColourspace('srgb')
        .timeout({ seconds }),
      gamut,
    );
  try {
    return { pixels: await attempt('error'), salvaged: false };
  } catch (error) {
    if (isTimeout(error)) throw error;
    const corrupt = refuse('corrupt', `The image cannot be decoded: ${firstLine(error)}.`);
    const pixels = await attempt('none').catch((again: unknown) => {
      if (isTimeout(again)) throw again;
      return undefined;
    });
    return pixels === undefined || (await isBlank(pixels)) ? corrupt : { pixels, salvaged: true };
  }
}

/** One colour all over is what libvips makes of a file that ends before its first pixel. */
async function isBlank(pixels: Pixels): Promise<boolean> {
  const { channels } = await fromPixels(pixels).stats();
  return channels.every(({ min, max }) => min === max);
}
