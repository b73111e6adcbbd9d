import type { Sharp } from 'sharp';

/** When an original is given up, on the clock of performance.now(). */
export interface Deadline {
  until: number;
}

/** What sharp says when it stops; the message is all that tells it. */
const TIMEOUT = 'timeout: ';

/**
 * Ends an operation when the time of its original is up. libvips looks at the clock
 * between lines of pixels, so an encoder that takes the picture as a whole (AVIF, WebP)
 * is not interrupted, but nothing is begun after it.
 */
export function inTime(image: Sharp, { until }: Deadline): Sharp {
  const seconds = Math.ceil((until - performance.now()) / 1000);
  if (seconds <= 0) throw new Error(`${TIMEOUT}nothing left for the next step`);
  return image.timeout({ seconds });
}

/** https://sharp.pixelplumbing.com/api-output#timeout */
export function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith(TIMEOUT);
}
