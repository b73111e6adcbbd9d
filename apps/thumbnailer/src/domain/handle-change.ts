import type { Announcer } from '../ports/announcer.ts';
import type { Deferred } from '../ports/deferred.ts';
import { collect, type CollectParts } from './collect.ts';
import { converge, type Converged, type ConvergeParts } from './converge.ts';
import type { ObjectRef } from './object-ref.ts';

export interface HandleParts extends ConvergeParts, CollectParts {
  deferred: Deferred;
  announcer: Announcer;
}

/**
 * News of an object: its thumbnails are made to be right, that is told, and what can
 * wait is handed on. Each step reads what is true then, so that dying between two of
 * them only means that all are done again when the message is.
 *
 * @param redelivered whoever had this message before may have died before telling
 */
export async function handleChange(
  parts: HandleParts,
  ref: ObjectRef,
  signal: AbortSignal,
  redelivered: boolean,
): Promise<Converged> {
  const converged = await converge(parts, ref, signal, 'prompt');
  await tell(parts, converged, redelivered);
  const { manifest, outcome, littered } = converged;
  if (manifest.state === 'ready' && manifest.awaiting.length > 0) await parts.deferred.tend(ref);
  // Of an object that is gone, also what a worker that died meanwhile may have left.
  if (manifest.leftovers || littered || outcome === 'buried')
    await collectLater(parts, ref, manifest.revision);
  return converged;
}

/**
 * The same with everything that can wait: the deferred formats, and images to be collected.
 *
 * @param revision of the manifest that the message was sent for: whoever has changed it since
 *   has sent their own, so that an object that changes all the time has no more of them than changes
 */
export async function tend(
  parts: HandleParts,
  ref: ObjectRef,
  signal: AbortSignal,
  options: { redelivered: boolean; revision?: number | undefined },
): Promise<Converged> {
  const converged = await converge(parts, ref, signal, 'full');
  await tell(parts, converged, options.redelivered);
  const { manifest, outcome } = converged;
  const ours =
    outcome !== 'unchanged' || options.revision === undefined || options.revision >= manifest.revision;
  const collected = await collect(parts, ref);
  if (collected === 'later' && ours) {
    // The fence of the collection has a revision of its own.
    const now = await parts.thumbnails.readManifest(ref);
    await collectLater(parts, ref, now?.revision ?? manifest.revision);
  }
  return converged;
}

async function tell({ announcer }: HandleParts, { outcome, manifest }: Converged, redelivered: boolean) {
  if (outcome !== 'unchanged' || redelivered) await announcer.announce(manifest);
}

/** One second more, so that the grace has passed when the message comes. SQS delays by whole seconds. */
async function collectLater(parts: HandleParts, ref: ObjectRef, revision: number): Promise<void> {
  await parts.deferred.tend(ref, Math.min(900, Math.ceil(parts.graceMs / 1000) + 1), revision);
}
