import type { Drift, SourceVersion } from '@groundwork/contracts';
import type { ListedUpload, StoredSource } from '../ports/inventory.ts';
import type { StoredManifest } from '../ports/thumbnails.ts';
import { imagesIn } from './converge.ts';
import { decide } from './decide.ts';
import { recipeHash, type Recipe } from './presets.ts';

/** How what is stored differs from what should be, and why that is said. */
export interface Finding {
  drift: Drift;
  reason: string;
}

/** Compares an upload with its manifest. `head` is asked only where a listing cannot tell. */
export async function surveyUpload(
  upload: ListedUpload,
  stored: StoredManifest | undefined,
  recipe: Recipe,
  head: () => Promise<SourceVersion | undefined>,
): Promise<Finding | undefined> {
  const manifest = stored?.manifest;
  if (stored === undefined) return { drift: 'missing', reason: 'no event about it was handled' };
  if (manifest === undefined)
    return { drift: 'stale', reason: 'its manifest is of another version of this service' };
  if (manifest.state === 'gone') return { drift: 'missing', reason: 'it came back unnoticed' };
  if (manifest.recipe !== recipeHash(recipe, manifest.state)) {
    return { drift: 'stale', reason: 'presets, limits or encoder have changed' };
  }
  if (manifest.source.etag !== upload.etag) return { drift: 'stale', reason: 'the upload has changed' };
  // Put again with the same bytes: perhaps another version, or another focus.
  if (!isSameSecond(manifest.source.lastModified, upload.lastModified)) {
    const source = await head();
    if (decide(manifest, source, recipe, 'prompt') !== 'nothing') {
      return { drift: 'stale', reason: 'the upload has another version' };
    }
  }
  if (manifest.state === 'ready' && manifest.awaiting.length > 0) {
    return { drift: 'unfinished', reason: `${manifest.awaiting.join(', ')} still to be made` };
  }
  return undefined;
}

/** Looks at what is stored for a source, from the other side. `head` looks for the source. */
export async function surveyStored(
  { manifest: stored, images }: StoredSource,
  graceEnds: Date,
  head: () => Promise<SourceVersion | undefined>,
): Promise<Finding | undefined> {
  const manifest = stored?.manifest;
  if (manifest !== undefined && manifest.state !== 'gone' && (await head()) === undefined) {
    return { drift: 'orphaned', reason: 'the upload is gone, its thumbnails are not' };
  }
  const named = new Set(manifest === undefined ? [] : imagesIn(manifest));
  const unnamed = images.filter(({ key, storedAt }) => !named.has(key) && storedAt <= graceEnds);
  const settled = manifest === undefined || Date.parse(manifest.updatedAt) <= graceEnds.getTime();
  if (unnamed.length === 0 || !settled) return undefined;
  return { drift: 'leftover', reason: `${unnamed.length} images that no manifest names` };
}

/** HEAD gives whole seconds, listings may give milliseconds. */
function isSameSecond(a: string, b: Date): boolean {
  return Math.floor(Date.parse(a) / 1000) === Math.floor(b.getTime() / 1000);
}
