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
  const { outcome, manifest } = converged;
  if (outcome !== 'unchanged' || redelivered) await parts.announcer.announce(manifest);
  if (manifest.state === 'ready' && manifest.awaiting.length > 0) await parts.deferred.tend(ref);
  if (manifest.leftovers) await parts.deferred.tend(ref, graceSeconds(parts));
  return converged;
}

/** The same with everything that can wait: the deferred formats, and images to be collected. */
export async function tend(
  parts: HandleParts,
  ref: ObjectRef,
  signal: AbortSignal,
  redelivered: boolean,
): Promise<Converged> {
  const converged = await converge(parts, ref, signal, 'full');
  if (converged.outcome !== 'unchanged' || redelivered) await parts.announcer.announce(converged.manifest);
  if ((await collect(parts, ref)) === 'later') await parts.deferred.tend(ref, graceSeconds(parts));
  return converged;
}

/** One more, so that the grace has passed when the message comes. SQS delays by whole seconds. */
function graceSeconds({ graceMs }: CollectParts): number {
  return Math.min(900, Math.ceil(graceMs / 1000) + 1);
}
