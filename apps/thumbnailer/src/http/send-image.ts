import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import type { StoredImage } from '../ports/thumbnails.ts';

/**
 * The Range header, unless If-Range says that the client's part is of another image.
 * Ranges are defined for GET only (RFC 9110 section 14.2): HEAD tells of the whole image.
 */
export function rangeOf(req: Request, etag: string): string | undefined {
  if (req.method !== 'GET') return undefined;
  const condition = req.get('if-range');
  return condition === undefined || condition === `"${etag}"` ? req.get('range') : undefined;
}

/** Streams an image out of storage; a client that goes away ends it, and so does storage that breaks off. */
export async function sendImage(req: Request, res: Response, image: StoredImage): Promise<void> {
  res.status(image.contentRange === undefined ? 200 : 206);
  res.set({
    'content-type': image.contentType,
    'content-length': String(image.bytes),
    'accept-ranges': 'bytes',
    ...(image.contentRange === undefined ? {} : { 'content-range': image.contentRange }),
  });
  if (req.method === 'HEAD') {
    image.body.destroy();
    res.end();
    return;
  }
  // Whichever side fails, pipeline destroys both with the same error: what counts is which was first.
  let broken = false;
  image.body.once('error', () => {
    broken = !res.destroyed;
  });
  try {
    await pipeline(image.body, res);
  } catch (error) {
    // The answer has begun, and is cut off already: there is nothing more to say to the client.
    if (broken) req.log.error({ error }, 'the image broke off on its way out of storage');
    else req.log.debug({ error }, 'the client went away');
  }
}
