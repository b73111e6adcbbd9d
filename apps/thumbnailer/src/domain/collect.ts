import type { Thumbnails } from '../ports/thumbnails.ts';
import { imagesIn } from './converge.ts';
import type { ObjectRef } from './object-ref.ts';

export interface CollectParts {
  thumbnails: Thumbnails;
  /** How long an image that is no longer named may still be fetched by those who read its name before, in ms. */
  graceMs: number;
  now: () => Date;
}

/** `later`: there is something to collect, but its grace has not passed. */
export type Collected = 'nothing' | 'collected' | 'later';

/**
 * Removes the images of a source that its manifest does not name.
 *
 * A slow worker may at the same moment be about to name one of them again, having
 * found it stored. So first the manifest is swapped for one of a higher generation:
 * whoever read it before fails to swap theirs, and whoever reads it after gives new
 * images other names. Only then does anything go. Dying in between leaves `leftovers`
 * set, and the next collection does it all again.
 */
export async function collect(parts: CollectParts, ref: ObjectRef): Promise<Collected> {
  const { thumbnails } = parts;
  const seen = await thumbnails.readManifest(ref);
  if (seen?.manifest === undefined) return 'nothing';
  const { manifest } = seen;
  const named = new Set(imagesIn(manifest));
  const unnamed = (await thumbnails.listImages(ref)).filter(({ key }) => !named.has(key));
  const revision = seen.revision + 1;
  if (unnamed.length === 0) {
    if (manifest.leftovers)
      await thumbnails.swapManifest({ ...manifest, revision, leftovers: false }, seen.etag);
    return 'nothing';
  }
  const before = parts.now().getTime() - parts.graceMs;
  // Counted from when they ceased to be named, which is the last change at the latest.
  if (Date.parse(manifest.updatedAt) > before) return 'later';
  const old = unnamed.filter(({ storedAt }) => storedAt.getTime() <= before);
  if (old.length === 0) return 'later';
  const fence = { ...manifest, revision, generation: seen.generation + 1, leftovers: true };
  if (!(await thumbnails.swapManifest(fence, seen.etag))) return 'later';
  await thumbnails.removeImages(old.map(({ key }) => key));
  if (old.length < unnamed.length) return 'later';
  const after = await thumbnails.readManifest(ref);
  if (after?.manifest !== undefined && after.revision === revision) {
    await thumbnails.swapManifest(
      { ...after.manifest, revision: revision + 1, leftovers: false },
      after.etag,
    );
  }
  return 'collected';
}
