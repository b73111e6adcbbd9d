import { z } from 'zod';

/** Where images are asked for; the key of the upload follows. */
export const IMAGES = '/images/';
/** What S3 allows. */
const MAX_BYTES = 1_024;

const fits = (key: string) => Buffer.byteLength(key) <= MAX_BYTES;
const hasNoNul = (key: string) => !key.includes('\0');

/** Key of an upload. */
export const ObjectKey = z
  .string()
  .min(1)
  .refine(fits, `may have at most ${MAX_BYTES} bytes`)
  .refine(hasNoNul, 'must not contain NUL')
  .refine(
    (key) => !key.split('/').some((part) => part === '.' || part === '..'),
    'must not have . or .. between slashes: URLs lose them',
  )
  .meta({ example: 'holiday/beach.jpg' });

/** Whether S3 can have an object of this key; one with `..` it can, only no URL can name it. */
export function canBeStored(key: string): boolean {
  return fits(key) && hasNoNul(key);
}

/** A key as part of a path: percent-encoded, but for the slashes. */
export function keyPath(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/');
}

/** Where the image of an upload is asked for. */
export function imagePath(key: string): string {
  return `${IMAGES}${keyPath(key)}`;
}
