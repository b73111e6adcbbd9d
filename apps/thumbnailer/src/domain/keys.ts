import type { SourceVersion } from '@groundwork/contracts';
import type { ObjectRef } from './object-ref.ts';
import { hash, type Encoding, type Preset } from './presets.ts';

const DERIVATIVES = 'derivatives';
const MANIFESTS = 'manifests';
/** Cache-Control of what lies under a derivative key: a year, the longest that caches are asked to honour. */
export const IMMUTABLE = 'public, max-age=31536000, immutable';

/** Names all that an image is made of: another version of the source, preset or encoder gives another key. */
export function derivativeKey(
  ref: ObjectRef,
  version: SourceVersion,
  preset: Preset,
  encoding: Encoding,
  encoder: string,
): string {
  const { width, height, fit } = preset;
  const content = hash([
    ref.bucket,
    ref.key,
    version.etag,
    version.versionId ?? '',
    width,
    height,
    fit,
    encoding,
    encoder,
  ]);
  return `${DERIVATIVES}/${content}/${preset.name}.${encoding.format === 'jpeg' ? 'jpg' : encoding.format}`;
}

/** Hashed, because a prefix before a key of 1,024 bytes would be too long for S3. */
export function manifestKey(ref: ObjectRef): string {
  return `${MANIFESTS}/${hash([ref.bucket, ref.key])}.json`;
}
