import { randomUUID } from 'node:crypto';
import type { Manifest } from '@groundwork/contracts';
import type { Thumbnails } from '../ports/thumbnails.ts';
import { imagesIn } from './converge.ts';
import type { ObjectRef } from './object-ref.ts';
import { swap } from './swap.ts';

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
  const images = await thumbnails.listImages(ref);
  const unnamed = images.filter(({ key }) => !named.has(key));
  const after = (leftovers: boolean): Manifest => ({
    ...manifest,
    writer: randomUUID(),
    revision: seen.revision + 1,
    leftovers,
  });
  if (unnamed.length === 0) {
    if (manifest.leftovers) await swap(thumbnails, after(false), seen.etag);
    return 'nothing';
  }
  const old = unnamed.filter(isOver(images, manifest, parts.now().getTime() - parts.graceMs));
  if (old.length === 0) return 'later';
  const fence = { ...after(true), generation: seen.generation + 1 };
  if (!(await swap(thumbnails, fence, seen.etag))) return 'later';
  await thumbnails.removeImages(old.map(({ key }) => key));
  if (old.length < unnamed.length) return 'later';
  const now = await thumbnails.readManifest(ref);
  if (now?.manifest?.writer === fence.writer) {
    const done = { ...fence, writer: randomUUID(), revision: fence.revision + 1, leftovers: false };
    await swap(thumbnails, done, now.etag);
  }
  return 'collected';
}

/**
 * Whether the grace of an image is over. When it ceased to be named is not written down, but it
 * was before the last change, and, where the source changes all the time, before images newer
 * than it were that old. Only what was put back and replaced again may be given less.
 */
function isOver(
  images: readonly { storedAt: Date }[],
  manifest: Manifest,
  before: number,
): (image: { storedAt: Date }) => boolean {
  const unchanged = Date.parse(manifest.updatedAt) <= before;
  const settled = images.map(({ storedAt }) => storedAt.getTime()).filter((time) => time <= before);
  const newest = Math.max(...settled);
  return ({ storedAt }) => storedAt.getTime() <= before && (unchanged || storedAt.getTime() < newest);
}
