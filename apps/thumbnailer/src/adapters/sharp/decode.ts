import type { Verdict } from '@groundwork/contracts';
import sharp from 'sharp';
import type { Size } from '../../domain/plan.ts';
import { countJpegScans } from '../../domain/sniff.ts';
import type { Opened } from './open.ts';
import { exactly, toPixels, type Pixels } from './pixels.ts';
import { inTime, isTimeout, type Deadline } from './time-limit.ts';
import { explain, refuse } from './verdict.ts';

/** libvips gives up a progressive JPEG with more, and calls it damaged. Cameras and editors write up to about 12. */
const MAX_SCANS = 100;
/** A picture of which less than this part is there is not worth showing. */
const LEAST_PART = 0.05;

/**
 * The first decode is strict. What fails it (cut short, a phone's odd headers) is
 * tried once more with all that libvips can save, and marked as salvaged.
 */
export async function decode(
  { original, kind, gamut, channels, cost }: Opened,
  size: Size,
  deadline: Deadline,
): Promise<{ pixels: Pixels; salvaged: boolean } | { verdict: Verdict }> {
  const attempt = (failOn: 'error' | 'none'): Promise<Pixels> => {
    const image = sharp(original, {
      limitInputPixels: cost,
      failOn,
      sequentialRead: true,
      ignoreIcc: gamut === 'p3',
    })
      .autoOrient()
      .resize(exactly(size))
      .toColourspace('srgb');
    // Raw pixels have up to four channels; a TIFF of RGB may have any number behind those.
    return toPixels(inTime(channels > 4 ? image.removeAlpha() : image, deadline), gamut);
  };
  try {
    return { pixels: await attempt('error'), salvaged: false };
  } catch (error) {
    if (isTimeout(error)) throw error;
    if (kind === 'JPEG' && countJpegScans(original, MAX_SCANS + 1) > MAX_SCANS) {
      return refuse(
        'too_slow',
        `The JPEG is made of more than ${MAX_SCANS} scans; save it as an ordinary JPEG.`,
      );
    }
    const pixels = await attempt('none').catch((again: unknown) => {
      if (isTimeout(again)) throw again;
      return undefined;
    });
    return pixels === undefined || isBlank(pixels) ? explain(error, kind) : { pixels, salvaged: true };
  }
}

/**
 * One colour nearly all over is what libvips makes of a file that ends before its first pixel:
 * libjpeg still makes one block of what follows, the end of the file. White is paper.
 */
function isBlank({ data, raw: { channels } }: Pixels): boolean {
  const last = data.subarray(-channels);
  if (last.every((value) => value === 255)) return false;
  let same = 0;
  for (let at = 0; at < data.length; at += channels) {
    // No function in here: one for each pixel is a hundred megabytes of garbage, and V8 keeps the room it takes.
    let channel = 0;
    while (channel < channels && data[at + channel] === last[channel]) channel++;
    if (channel === channels) same++;
  }
  return (same * channels) / data.length > 1 - LEAST_PART;
}
