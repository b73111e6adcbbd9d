import { z } from 'zod';

/** What S3 allows. */
const MAX_BYTES = 1_024;

/** Key of an upload. */
export const ObjectKey = z
  .string()
  .min(1)
  .refine((key) => Buffer.byteLength(key) <= MAX_BYTES, `may have at most ${MAX_BYTES} bytes`)
  .refine((key) => !key.includes('\0'), 'must not contain NUL')
  .refine(
    (key) => !key.split('/').some((part) => part === '.' || part === '..'),
    'must not have . or .. between slashes: URLs lose them',
  )
  .meta({ example: 'holiday/beach.jpg' });
