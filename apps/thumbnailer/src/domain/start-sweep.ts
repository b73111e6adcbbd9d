import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Sweep, SweepKind, SweepRequest } from '@groundwork/contracts';
import type { Deferred } from '../ports/deferred.ts';
import type { Sweeps } from '../ports/sweeps.ts';
import { hash } from './presets.ts';
import { swapSweep } from './sweep.ts';

export interface StartParts {
  sweeps: Sweeps;
  deferred: Deferred;
  now: () => Date;
}

/**
 * Begins a sweep. The same Idempotency-Key begins only one: the id is made of the key,
 * and only one object can be created under it. Undefined when the key was used for a
 * request that said something else.
 */
export async function startSweep(
  parts: StartParts,
  kind: SweepKind,
  request: SweepRequest,
  idempotencyKey: string | undefined,
): Promise<Sweep | undefined> {
  const now = parts.now().toISOString();
  const id = idempotencyKey === undefined ? randomUUID().replaceAll('-', '') : hash([kind, idempotencyKey]);
  const sweep: Sweep = {
    id: `${kind}-${id}`,
    kind,
    request,
    state: 'counting',
    total: 0,
    scanned: 0,
    found: {},
    sent: 0,
    samples: [],
    revision: 1,
    writer: randomUUID(),
    startedAt: now,
    updatedAt: now,
    nextAt: now,
  };
  const created = await parts.sweeps.create(sweep);
  // The request is compared also when the answer to the creation was lost.
  const current = created ? sweep : (await parts.sweeps.read(sweep.id))?.sweep;
  if (current === undefined || !isDeepStrictEqual(current.request, request)) return undefined;
  // Also when it was there but has not moved: whoever created it may have died before sending this.
  if (current.revision === 1) await parts.deferred.sweep(current.id, current.revision);
  return current;
}

/** Undefined when there is none; a sweep that has ended stays as it is. */
export async function cancelSweep(parts: StartParts, id: string): Promise<Sweep | undefined> {
  for (;;) {
    const stored = await parts.sweeps.read(id);
    if (stored === undefined) return undefined;
    const { sweep, etag } = stored;
    if (sweep.state === 'finished' || sweep.state === 'cancelled') return sweep;
    const cancelled: Sweep = {
      ...sweep,
      state: 'cancelled',
      revision: sweep.revision + 1,
      writer: randomUUID(),
      updatedAt: parts.now().toISOString(),
    };
    if (await swapSweep(parts.sweeps, cancelled, etag)) return cancelled;
  }
}
