import { randomUUID } from 'node:crypto';
import type { Manifest } from '@groundwork/contracts';
import type { StoredManifest } from '../ports/thumbnails.ts';
import { decide, type Pass } from './decide.ts';
import { make, type MakeParts } from './make.ts';
import type { ObjectRef } from './object-ref.ts';
import { recipeHash } from './presets.ts';
import { swap } from './swap.ts';

export interface ConvergeParts extends MakeParts {
  now: () => Date;
}

export type Outcome = 'unchanged' | 'made' | 'refused' | 'buried';

export interface Converged {
  outcome: Outcome;
  /** What is true now. */
  manifest: Manifest;
  /** Images were stored that no manifest came to name. */
  littered: boolean;
}

/** How often the source or another worker may be faster before the message is retried later. */
const MAX_ROUNDS = 8;

/**
 * Makes the thumbnails of one object be those of its current version, or none if
 * it is gone. Safe to run at any time, twice, and by several workers at once:
 *
 * 1. read the manifest, then look at the source (in this order): done if they agree;
 * 2. make what is missing under keys that name its content;
 * 3. swap the manifest, only if it is still the one that was read; begin again at 1.
 *
 * The swap is the only visible effect. Looking again after it is not optional: the
 * source may have gone from A to B and back to A while we made B, and whoever handled
 * the news of the second change found manifest and source in agreement, and left. So
 * each worker leaves only when it has seen agreement after its own last swap; one that
 * dies before leaves its message to be handled again.
 */
export async function converge(
  parts: ConvergeParts,
  ref: ObjectRef,
  signal: AbortSignal,
  pass: Pass = 'prompt',
): Promise<Converged> {
  let outcome: Outcome = 'unchanged';
  let littered = false;
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    signal.throwIfAborted();
    const seen = await parts.thumbnails.readManifest(ref);
    const source = await parts.sources.head(ref);
    const manifest = seen?.manifest;
    const step = decide(manifest, source, parts.recipe, pass);
    if (step === 'nothing' && manifest !== undefined) return { outcome, manifest, littered };
    const generation = seen?.generation ?? 0;
    const made =
      step === 'bury' || source === undefined
        ? ({ state: 'gone' } as const)
        : await make(parts, { ref, source, before: manifest, generation, pass }, signal);
    if (made === undefined) continue; // the source changed while we read it
    const next: Manifest = {
      bucket: ref.bucket,
      key: ref.key,
      revision: (seen?.revision ?? 0) + 1,
      generation,
      writer: randomUUID(),
      leftovers: false,
      updatedAt: parts.now().toISOString(),
      ...(made.state === 'gone' ? made : { ...made, recipe: recipeHash(parts.recipe, made.state) }),
    };
    next.leftovers = littered || leavesImages(seen, next);
    if (await swap(parts.thumbnails, next, seen?.etag)) outcome = OUTCOMES[next.state];
    else littered ||= made.state === 'ready';
  }
  throw new Error(`${ref.bucket}/${ref.key} changed ${MAX_ROUNDS} times while its thumbnails were made`);
}

const OUTCOMES = { ready: 'made', failed: 'refused', gone: 'buried' } as const;

/** Whether images that were named before are not any more. */
function leavesImages(seen: StoredManifest | undefined, next: Manifest): boolean {
  if (seen === undefined) return false;
  if (seen.manifest === undefined || seen.manifest.leftovers) return true;
  const named = new Set(imagesIn(next));
  return imagesIn(seen.manifest).some((key) => !named.has(key));
}

export function imagesIn(manifest: Manifest): string[] {
  return manifest.state === 'ready' ? manifest.derivatives.map(({ key }) => key) : [];
}
