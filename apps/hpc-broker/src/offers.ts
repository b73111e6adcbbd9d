import { setTimeout as delay } from 'node:timers/promises';
import type { Component, Logger } from '@groundwork/service';
import type { Kysely } from 'kysely';
import { readOffered, type OfferedEngine } from './adapters/postgres/engine-views.ts';
import type { EngineOffer } from './domain/planner/settings.ts';

export interface OffersOptions {
  db: Kysely<unknown>;
  /** Of this process: there also before it has said so. */
  own: readonly EngineOffer[];
  everyMs?: number;
  logger: Logger;
}

export interface Offers extends Component {
  /** Another object once something has changed. */
  engines: () => readonly EngineOffer[];
}

const EVERY_MS = 2_000;

/** What jobs can be planned for: the engines of all brokers that are alive, those of one pool as one. */
export function createOffers({ db, own, everyMs = EVERY_MS, logger }: OffersOptions): Offers {
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  let engines: readonly EngineOffer[] = own;
  let text = JSON.stringify(own);

  async function read(): Promise<void> {
    const now = offersOf(await readOffered(db), own);
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
export function offersOf(offered: readonly OfferedEngine[], own: readonly EngineOffer[]): EngineOffer[] {
  const offers = new Map(own.map((one) => [one.name, one]));
  for (const [name, engines] of Map.groupBy(offered, ({ pool }) => pool)) {
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
    });
  }
  return [...offers.values()];
}
