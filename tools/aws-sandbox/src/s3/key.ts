import { AwsError } from '../http/aws-error.ts';

const MAX_KEY_BYTES = 1_024;

/** Bucket and key out of a path-style request path, undecoded slashes and all. */
export function parsePath(path: string): { bucket?: string; key?: string } {
  const [, rawBucket = '', rawKey = ''] = /^\/([^/]*)(?:\/(.*))?$/s.exec(path) ?? [];
  if (rawBucket === '') return {};
  const bucket = decode(rawBucket);
  if (rawKey === '') return { bucket };
  const key = decode(rawKey);
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new AwsError(400, 'KeyTooLongError', 'Your key is too long', {
      members: { Size: String(Buffer.byteLength(key)), MaxSizeAllowed: String(MAX_KEY_BYTES) },
    });
  }
  return { bucket, key };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError(400, 'InvalidURI', "Couldn't parse the specified URI.");
  }
}
