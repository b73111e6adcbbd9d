import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import type { StoredImage } from '../ports/thumbnails.ts';

/** Whether the client has this very image already (If-None-Match, weak comparison as RFC 9110 asks). */
export function isFresh(req: Request, etag: string): boolean {
  const given = req.get('if-none-match');
  if (given === undefined) return false;
  return given.split(',').some((item) => {
    const value = item.trim().replace(/^W\//, '');
    return value === '*' || value === `"${etag}"`;
  });
}

/** The Range header, unless If-Range says that the client's part is of another image. */
export function rangeOf(req: Request, etag: string): string | undefined {
  const condition = req.get('if-range');
  return condition === undefined || condition === `"${etag}"` ? req.get('range') : undefined;
}

/** Streams an image out of storage; a client that goes away ends it. */
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
  try {
    await pipeline(image.body, res);
  } catch (error) {
    if (!res.destroyed) throw error;
    req.log.debug({ error }, 'the client went away');
  }
}
