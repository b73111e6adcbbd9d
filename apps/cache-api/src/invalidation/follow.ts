import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Change } from '../domain/change.ts';
import { effectsOf, type Watching } from '../domain/resources/effects.ts';
import type { Invalidation, Store } from '../ports/store.ts';
import type { Commit } from './stream.ts';

export interface FollowParts {
  resources: readonly Watching[];
  /** Keys of values that a change of our own table touches. */
  valuesTable: string;
  namespaces: readonly string[];
  store: Pick<Store, 'look'>;
  invalidate: (what: Invalidation) => Promise<void>;
  /** Everybody but the store, which has it already. */
  tellOthers: (what: Invalidation) => Promise<void>;
}

/** What a writer of ours tells in its own transaction. */
const OwnWrite = z.object({ key: z.string(), version: z.string().regex(/^\d+$/) });

/** The writer hears of its commit when we do, and then has to get to the store, in ms. */
const WRITERS_TURN_MS = 25;

/** Of one key, by the last commit that touched it. */
interface Touched {
  version: bigint;
  isOwn: boolean;
}

/**
 * Invalidates what commits have changed. A write of our own, which puts the new value into the store itself,
 * is left there, if it has got there; if it has not (the writer died), it is invalidated as any other.
 */
export function createFollow(parts: FollowParts) {
  return async (batch: readonly Commit[]): Promise<void> => {
    const keys = new Map<string, Touched>();
    const namespaces = new Set<string>();
    for (const { changes, own, version } of batch) {
      for (const change of changes) {
        const effects = effectsOfAny(parts, change);
        for (const key of effects.keys) keys.set(key, { version, isOwn: false });
        for (const name of effects.namespaces) namespaces.add(name);
      }
      for (const text of own) {
        const written = OwnWrite.safeParse(parseJson(text));
        if (!written.success) continue;
        keys.set(written.data.key, { version: BigInt(written.data.version), isOwn: true });
      }
    }
    const foreign = [...keys].filter(([, { isOwn }]) => !isOwn).map(([key]) => key);
    const version = batch.reduce((most, commit) => (commit.version > most ? commit.version : most), 0n);
    const at = version === 0n ? {} : { version };
    if (foreign.length + namespaces.size > 0) {
      await parts.invalidate({ keys: foreign, namespaces: [...namespaces], ...at });
    }
    const own = [...keys].filter(([, { isOwn }]) => isOwn);
    if (own.length > 0) await settleOwn(parts, new Map(own.map(([key, written]) => [key, written.version])));
  };
}

/** By key, the version that was written. What is there in that one or a newer one stays: versions only grow. */
async function settleOwn(
  { store, invalidate, tellOthers }: FollowParts,
  own: ReadonlyMap<string, bigint>,
): Promise<void> {
  let gone = await notThere(store, own);
  if (gone.size > 0) {
    await delay(WRITERS_TURN_MS);
    gone = await notThere(store, gone);
  }
  await Promise.all([...gone].map(([key, version]) => invalidate({ keys: [key], version })));
  const there = [...own.keys()].filter((key) => !gone.has(key));
  if (there.length > 0) await tellOthers({ keys: there });
}

async function notThere(
  store: FollowParts['store'],
  own: ReadonlyMap<string, bigint>,
): Promise<Map<string, bigint>> {
  const sights = await store.look([...own.keys()].map((key) => ({ key })));
  return new Map(
    [...own].filter(([, version], at) => {
      const sight = sights[at];
      return sight === undefined || sight.state === 'miss' || sight.entry.version < version;
    }),
  );
}

function effectsOfAny({ resources, valuesTable, namespaces }: FollowParts, change: Change) {
  if (change.table !== valuesTable) return effectsOf(change, resources);
  const effects = { keys: new Set<string>(), namespaces: new Set<string>() };
  if (change.kind === 'truncate') for (const name of namespaces) effects.namespaces.add(name);
  else {
    // Namespace and key are the replica identity: they are always known.
    const rows = [
      change.kind === 'insert' ? undefined : change.before,
      change.kind === 'delete' ? undefined : change.after,
    ];
    for (const row of rows) {
      if (row !== undefined) effects.keys.add(`${row.get('namespace') ?? ''}/${row.get('key') ?? ''}`);
    }
  }
  return effects;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
