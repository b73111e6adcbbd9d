import { setTimeout as delay } from 'node:timers/promises';
import type { Component, Logger } from '@groundwork/service';
import type { Kysely } from 'kysely';
import { readOffered, readShortages, type OfferedEngine } from './adapters/postgres/engine-views.ts';
import type { Away, EngineOffer } from './domain/planner/settings.ts';

export interface OffersOptions {
  db: Kysely<unknown>;
  /** Of this process: there also before it has said so. */
  own: readonly EngineOffer[];
  /** How long an engine may be closed or silent before jobs are planned elsewhere. */
  failoverSeconds: number;
  everyMs?: number;
  logger: Logger;
}

export interface Offers extends Component {
  /** Another object once something has changed. */
  engines: () => readonly EngineOffer[];
}

const EVERY_MS = 2_000;

/** What jobs can be planned for: the engines of all brokers that are alive, those of one pool as one. */
export function createOffers({
  db,
  own,
  failoverSeconds,
  everyMs = EVERY_MS,
  logger,
}: OffersOptions): Offers {
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  let engines: readonly EngineOffer[] = own;
  let text = JSON.stringify(own);

  async function read(): Promise<void> {
    const now = offersOf(await readOffered(db, failoverSeconds), own, await readShortages(db));
    if (JSON.stringify(now) === text) return;
    engines = now;
    text = JSON.stringify(now);
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await read().catch((error: unknown) => logger.warn({ error }, 'the engines cannot be read'));
      await delay(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  return {
    name: 'offers',
    engines: () => engines,
    async start() {
      await read();
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Engines of one pool are one offer; what a process has itself is there also before it has said so. */
export function offersOf(
  offered: readonly OfferedEngine[],
  own: readonly EngineOffer[],
  shortages: ReadonlyMap<string, readonly Away[]> = new Map(),
): EngineOffer[] {
  const offers = new Map(own.map((one) => [one.name, one]));
  for (const [name, known] of Map.groupBy(offered, ({ pool }) => pool)) {
    const there = known.filter((one) => one.away === undefined);
    // Where none is there, they are what a job may wait for.
    const engines = there.length > 0 ? there : known;
    const away: Away[] = [...(shortages.get(name) ?? [])];
    if (there.length === 0) away.push({ reason: known.map((one) => `${one.name}: ${one.away}`).join('; ') });
    const sum = (of: (engine: OfferedEngine) => number): number =>
      engines.reduce((all, one) => all + of(one), 0);
    const [first] = engines;
    const nodes = sum((engine) => engine.nodes);
    offers.set(name, {
      ...first!.offer,
      name,
      kind: first!.kind,
      cores: sum(({ cores }) => cores),
      memoryMiB: sum(({ memoryMiB }) => memoryMiB),
      gpus: sum(({ gpus }) => gpus),
      ...(nodes === 1 ? {} : { nodes }),
      ...(away.length === 0 ? {} : { away }),
    });
  }
  return [...offers.values()];
}
