import type { ImageFormat, SourceVersion } from '@groundwork/contracts';
import type { ObjectRef } from './object-ref.ts';
import { hash, type Encoding, type Preset } from './presets.ts';

export const DERIVATIVES = 'derivatives/';
export const MANIFESTS = 'manifests/';
/** Cache-Control of what lies under a derivative key: a year, the longest that caches are asked to honour. */
export const IMMUTABLE = 'max-age=31536000, immutable';

/** Names a source. Hashed, because a prefix before a key of 1,024 bytes would be too long for S3. */
export function sourceHash(ref: ObjectRef): string {
  return hash([ref.bucket, ref.key]);
}

/** Names all that an image is made of: another version of the source, preset or encoder gives another one. */
export function contentHash(
  version: SourceVersion,
  preset: Preset,
  encoding: Encoding,
  encoder: string,
): string {
  const { width, height, fit, crop } = preset;
  const cut = fit === 'cover' ? [crop, version.focus ?? null] : [];
  return hash([version.etag, version.versionId ?? '', width, height, fit, cut, encoding, encoder]);
}

/**
 * `derivatives/<source>/<content>-<generation>/small.webp`. The same order as that
 * of the manifests, so that both can be walked side by side.
 */
export function derivativeKey(
  ref: ObjectRef,
  image: { content: string; generation: number; preset: string; format: ImageFormat },
): string {
  const extension = image.format === 'jpeg' ? 'jpg' : image.format;
  return `${imagesOf(ref)}${image.content}-${image.generation}/${image.preset}.${extension}`;
}

/** What the keys of all images of a source begin with. */
export function imagesOf(ref: ObjectRef): string {
  return `${DERIVATIVES}${sourceHash(ref)}/`;
}

export function manifestKey(ref: ObjectRef): string {
  return `${MANIFESTS}${sourceHash(ref)}.json`;
}

/** The source hash in the key of an image or a manifest. */
export function sourceHashIn(key: string): string {
  return key.split('/')[1]?.replace(/\.json$/, '') ?? '';
}
