import type { Scheduler } from 'fast-check';
import { LeasedStore } from '../../src/adapters/leased-store.ts';
import type { Wire } from '../../src/adapters/wire.ts';
import { Cache } from '../../src/domain/cache/cache.ts';
import type { Clock } from '../../src/domain/cache/clock.ts';
import type { Collection } from '../../src/domain/cache/collection.ts';
import { Local, type Forget } from '../../src/domain/cache/local.ts';
import { ANY_TAG } from '../../src/domain/generations.ts';
import { slotName } from '../../src/domain/stored-names.ts';
import { SourceUnavailable, type Source } from '../../src/ports/source.ts';
import type { Store } from '../../src/ports/store.ts';

export type Act =
  | { what: 'get'; process: 0 | 1; id: string }
  | { what: 'get both'; process: 0 | 1 }
  | { what: 'change'; process: 0 | 1; id: string; by: 'key' | 'tag' | 'row tag' | 'namespace' }
  | { what: 'evict' | 'evict a tag'; id: string }
  | { what: 'expire' }
  | { what: 'crash'; process: 0 | 1 };

interface Process {
  cache: Cache;
  local: Local;
  store: Store;
  isDead: boolean;
  died: Promise<undefined>;
  die: () => void;
}

const TTL_MS = 60_000;

/** Every step of every call waits until the scheduler lets it go on, in any order. */
export class Interleaving {
  readonly tooOld: string[] = [];
  readonly #scheduler: Scheduler;
  readonly #wire: Wire;
  readonly #database = new Map<string, number>();
  /** By process and id: what was acknowledged there, or heard of. */
  readonly #floors = [new Map<string, number>(), new Map<string, number>()];
  readonly #processes: Process[];
  #now = 1_000_000;
  #ticks = 0;

  constructor(scheduler: Scheduler, wire: Wire) {
    this.#scheduler = scheduler;
    this.#wire = wire;
    this.#processes = [this.#process(), this.#process()];
  }

  async act(act: Act): Promise<void> {
    switch (act.what) {
      case 'get':
        return this.#get(act.process, [act.id]);
      case 'get both':
        return this.#get(act.process, ['a', 'b']);
      case 'change':
        return this.#change(act.process, act.id, act.by);
      case 'evict':
        return this.#wire.remove(slotName(`c/${act.id}`));
      case 'evict a tag':
        await this.#wire.removeGeneration(slotName(`t:row ${act.id}`));
        return this.#wire.removeGeneration(slotName(ANY_TAG));
      case 'expire':
        this.#now += TTL_MS + 5_000;
        return;
      case 'crash':
        this.#processes[act.process]!.die();
        this.#processes[act.process] = this.#process();
        this.#floors[act.process] = new Map(this.#shared());
    }
  }

  async #get(process: 0 | 1, ids: readonly string[]): Promise<void> {
    const floors = new Map(this.#floors[process]);
    const { cache, died } = this.#processes[process]!;
    const answers = await Promise.race([cache.getMany(this.#collection(), ids), died]);
    answers?.forEach((answer, at) => {
      if (answer instanceof SourceUnavailable) return;
      if (answer instanceof Error) throw answer;
      const least = floors.get(ids[at]!) ?? 0;
      const value = Number(Buffer.from(answer.entry.body).toString());
      if (value < least) {
        this.tooOld.push(`process ${process} was given ${ids[at]}=${value} (${answer.tier}), not ${least}`);
      }
    });
  }

  async #change(process: 0 | 1, id: string, by: string): Promise<void> {
    const value = (this.#database.get(id) ?? 0) + 1;
    this.#database.set(id, value);
    const what: Forget =
      by === 'key'
        ? { keys: [`c/${id}`] }
        : by === 'namespace'
          ? { namespaces: ['c'] }
          : { tags: [by === 'tag' ? 'all' : `row ${id}`] };
    const { store, local, died } = this.#processes[process]!;
    if ((await Promise.race([store.invalidate(what).then(() => true), died])) === undefined) return;
    local.forget(what);
    const raise = (at: number): void => {
      const floors = this.#floors[at]!;
      floors.set(id, Math.max(value, floors.get(id) ?? 0));
    };
    raise(process);
    const other = process === 0 ? 1 : 0;
    const hearing = this.#processes[other]!;
    await this.#step(`process ${other} hears of ${id}`);
    hearing.local.forget(what);
    raise(other);
  }

  /** What any process that starts now must know of: whatever was acknowledged, the store does not show. */
  #shared(): Map<string, number> {
    const all = new Map<string, number>();
    for (const [id, value] of this.#floors.flatMap((floors) => [...floors])) {
      all.set(id, Math.max(value, all.get(id) ?? 0));
    }
    return all;
  }

  #process(): Process {
    const self = { isDead: false } as Process;
    self.died = new Promise((resolve) => {
      self.die = () => {
        self.isDead = true;
        resolve(undefined);
      };
    });
    const local = new Local(1_000_000, () => true);
    const wire = this.#stepwise(() => self.isDead);
    const store = new LeasedStore(wire, { timeoutMs: 20_000, now: () => this.#now });
    const clock = this.#clock();
    const concurrency = { running: 10, waiting: 10 };
    const cache = new Cache({ store, local, clock, maxStaleMs: 1_000_000, concurrency });
    return Object.assign(self, { cache, local, store });
  }

  /** A process that has died goes no step further. */
  #stepwise(isDead: () => boolean): Wire {
    return new Proxy(this.#wire, {
      get: (wire, name: keyof Wire) => {
        if (name === 'room') return (key: string) => wire.room(key);
        return async (...args: never[]) => {
          await this.#step(name);
          if (isDead()) return new Promise(() => {});
          const result = await (wire[name] as (...given: never[]) => Promise<unknown>)(...args);
          await this.#step(`${name} is answered`);
          return result;
        };
      },
    });
  }

  #clock(): Clock {
    return {
      now: () => this.#now,
      ticks: () => this.#ticks,
      random: () => 0.5,
      sleep: async (ms, signal) => {
        // Long enough that most loads end before their timeout.
        for (let left = ms / 50; left > 0; left -= 1) {
          await this.#step(`of ${ms} ms some pass`);
          signal?.throwIfAborted();
        }
        this.#ticks += ms;
      },
    };
  }

  #collection(): Collection {
    const source: Source = {
      load: async (ids, signal) => {
        await this.#step('the query begins');
        const values = ids.map((id) => this.#database.get(id) ?? 0);
        await this.#step('the query ends');
        signal.throwIfAborted();
        return ids.map((id, at) => ({
          body: Buffer.from(`${values[at]}`),
          contentType: 'text/plain',
          tags: [`row ${id}`],
          etag: `"${values[at]}"`,
          version: 0n,
        }));
      },
    };
    const policy = {
      ttlMs: TTL_MS,
      jitter: 0,
      swrMs: 0,
      graceMs: 0,
      negativeTtlMs: 0,
      refreshAhead: 0,
      earlyRefresh: 0,
      softTimeoutMs: 100,
      hardTimeoutMs: 1_000,
    };
    return { name: 'c', policy, visibility: 'public', tagsOf: () => ['all'], hasMoreTags: true, source };
  }

  #step(label: string): Promise<void> {
    return this.#scheduler.schedule(Promise.resolve(), label);
  }
}
