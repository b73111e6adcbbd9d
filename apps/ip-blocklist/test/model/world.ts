import assert from 'node:assert/strict';
import { takeLease, type Database, type Lease } from '@groundwork/database';
import { intersect, isEqual, subtract, union, type RangeSet } from '@groundwork/ip-ranges';
import { Actor, type How } from '@groundwork/service/testing';
import { createPostgresEntries } from '../../src/adapters/postgres-entries.ts';
import { createPostgresLedger } from '../../src/adapters/postgres-ledger.ts';
import { createPostgresTargets } from '../../src/adapters/postgres-targets.ts';
import type { Tables } from '../../src/adapters/tables.ts';
import { createDesire } from '../../src/domain/desire.ts';
import { createListing, wantedOf } from '../../src/domain/listing.ts';
import { networksOf, setOf } from '../../src/domain/networks.ts';
import { heldBy } from '../../src/domain/targets.ts';
import { Gate } from '../../src/enforcement/gate.ts';
import { TargetRun } from '../../src/enforcement/target-run.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import type { Feed } from '../../src/domain/feeds/feed-file.ts';
import { landsOf, textOf } from '../support/account.ts';
import { logger } from '../support/service.ts';
import { lookAtFeed, OURS, type Copy } from './feed.ts';
import type { Stage } from './stage.ts';

/** Breaks something on purpose, to see that it would be found. */
export type Sabotage = (parts: Ports) => Ports;

/** What a process works through. */
export interface Ports {
  ledger: Ledger;
  /** Of the stage. */
  api: object;
  /** As `createDesire` makes it. */
  desire: { desire: ReturnType<typeof createDesire> };
  /** How a feed is looked at. */
  feed: (feed: Feed) => Feed;
}

interface Process {
  actor: Actor;
  stop: AbortController;
  /** What was blocked for good when it last looked at the list. */
  seen: RangeSet;
}

const FAST = { pollMs: 0, quietMs: 0, pauseMs: 1, maxPauseMs: 1 };
const LEASE = 'enforcement in us-east-1';
/** More calls than it takes from anywhere to the end. */
const TO_THE_END = 600;

/**
 * One account, one database, and processes that stop before every call to the outside. After each
 * step it is checked what the web ACL blocks.
 */
export class World {
  readonly #stage: Stage;
  readonly #database: Database<Tables>;
  readonly #sabotage: Sabotage;
  readonly #lookMs: number;
  readonly #processes = new Map<number, Process>();
  #zombies: Process[] = [];
  #leader: Process | undefined;
  #reigns = 0;
  /** Blocked for good, and a leader has said that it is enforced: from then on it must never be let go. */
  #firm: RangeSet = setOf([]);
  #permanent: RangeSet = setOf([]);
  /** Let go of by right, perhaps by a write that is decided upon now and comes later. */
  #excused: RangeSet = setOf([]);
  #isEdited = false;
  #lease: Lease | undefined;
  /** What the server of the feed has listed so far. */
  #list: readonly string[] = [];
  /** … and what of it has been taken: no copy may take that back. */
  #taken: readonly string[] = [];

  constructor(stage: Stage, database: Database<Tables>, sabotage: Sabotage, lookMs: number) {
    this.#stage = stage;
    this.#database = database;
    this.#sabotage = sabotage;
    this.#lookMs = lookMs;
  }

  /** What is said by this source is never taken back. */
  async blockForGood(network: string): Promise<void> {
    await this.say('block', network, 'permanent', undefined);
    this.#permanent = union(this.#permanent, this.#stage.meaningOf(network));
  }

  async say(
    action: 'block' | 'allow',
    cidr: string,
    source: string,
    ttlSeconds: number | undefined,
  ): Promise<void> {
    const said = {
      action,
      subject: this.#stage.subjectOf(cidr),
      reason: 'r',
      source,
      confidence: 100,
      ttlSeconds,
      forced: false,
    };
    if (action === 'allow') this.#excuse(this.#stage.meaningOf(cidr));
    await createPostgresEntries(this.#database.db).say([said], 'model');
  }

  /** The feed is looked at, and what comes may be anything. */
  async feed(more: readonly string[], copy: Copy, diesAt: number | undefined): Promise<void> {
    if (!this.#stage.hasFeeds || this.#lease === undefined) return;
    if (copy === 'whole') this.#list = [...new Set([...this.#list, ...more])];
    const { feed: change } = this.#sabotage(this.#ports(new Actor(), this.#lease));
    const isTaken = await lookAtFeed(this.#database, this.#lease, this.#list, copy, { diesAt, change });
    if (isTaken) {
      this.#taken = this.#list;
      this.#permanent = union(this.#permanent, setOf(this.#taken));
    }
    const { rows } = await this.#database.pool.query<{ subject: string }>(
      `SELECT subject FROM entries WHERE source = 'feed:model' AND ended_at IS NULL`,
    );
    const there = setOf(rows.map(({ subject }) => subject));
    assert.equal(textOf(subtract(there, setOf(this.#list))), '', `blocked wrongly by a copy: ${copy}`);
    assert.equal(textOf(subtract(setOf(this.#taken), there)), '', `unblocked by a copy: ${copy}`);
  }

  /** Ends the oldest entries of a source, or has them expire. */
  async end(source: string, how: 'deleted' | 'expired'): Promise<void> {
    const entries = createPostgresEntries(this.#database.db);
    const { items } = await entries.list({ source, state: 'active' }, undefined, 1);
    const [entry] = items;
    if (entry === undefined) return;
    if (how === 'deleted') {
      await entries.end(entry.id, 'model');
      return;
    }
    await this.#database.pool.query('UPDATE entries SET expires_at = now() WHERE id = $1', [entry.id]);
    await entries.expire();
  }

  /** Somebody else writes into one of our parts. */
  async edit(pick: number, addresses: readonly string[]): Promise<void> {
    if (!(await this.#stage.edit(pick, addresses))) return;
    this.#isEdited = true;
    // What that lets go of is not our doing.
    this.#excuse(subtract(this.#permanent, await this.#stage.blocked()));
  }

  /** Somebody else makes all of it have no effect. */
  async undo(): Promise<void> {
    this.#isEdited = true;
    await this.#stage.undo();
    this.#excuse(this.#firm);
  }

  /** Another process begins to lead; the one before does not know yet. */
  async takeOver(who: number): Promise<void> {
    // The one that led comes first among those that have not noticed.
    const led = this.#leader;
    this.#zombies = [led, this.#processes.get(who), ...this.#zombies].filter(
      (one, i, all) => one !== undefined && all.indexOf(one) === i && one.actor.result === undefined,
    ) as Process[];
    await this.#database.pool.query(`UPDATE leases SET expires_at = '-infinity'`);
    const lease = await takeLease(this.#database.db, LEASE, `process ${(this.#reigns += 1)}`, 60);
    if (lease === undefined) throw new Error('the lease was not free');
    this.#lease = lease;
    const actor = new Actor();
    const stop = new AbortController();
    // What is broken is broken beyond the gates, where calls fail.
    const { ledger, api, desire } = this.#sabotage(this.#ports(actor, lease));
    const run = new TargetRun({
      target: this.#stage.target,
      enforcer: this.#stage.enforcer(api),
      ledger,
      ...desire,
      gate: new Gate({ gapOf: () => 0 }),
      epoch: lease.epoch,
      logger,
      observe: () => undefined,
      timing: { ...FAST, lookMs: this.#lookMs },
    });
    this.#leader = { actor, stop, seen: setOf([]) };
    this.#processes.set(who, this.#leader);
    await actor.start(() => run.run(stop.signal));
  }

  #ports(actor: Actor, lease: Lease): Ports {
    const entries = createPostgresEntries(this.#database.db);
    const parts = { entries, listing: createListing(entries), protectedRanges: () => [OURS] };
    return {
      feed: (feed) => feed,
      ledger: actor.gated(createPostgresLedger(this.#database.db, lease)),
      api: actor.gated(this.#stage.api()),
      desire: actor.gated({ desire: createDesire(parts, this.#stage.target) }),
    };
  }

  /** Lets a process go on until it is about to write, or for a while. */
  async stepToWrite(who: number): Promise<void> {
    const process = this.#processes.get(who);
    if (process === undefined) return;
    for (let i = 0; i < 40; i += 1) {
      if (this.#stage.writes.has(process.actor.at ?? '')) return;
      await this.#step(process, 1, 'pass');
    }
  }

  async step(who: number, count: number, how: How = 'pass'): Promise<void> {
    const process = this.#processes.get(who);
    if (process !== undefined) await this.#step(process, count, how);
  }

  /** A process that no longer leads, and that has not noticed. */
  async stepZombie(count: number): Promise<void> {
    const [zombie] = this.#zombies;
    if (zombie !== undefined) await this.#step(zombie, count, 'pass');
  }

  async crash(who: number): Promise<void> {
    const process = this.#processes.get(who);
    this.#processes.delete(who);
    if (process !== undefined) await end(process);
  }

  /** Whoever leads then has all the time it needs. */
  async settle(): Promise<void> {
    await this.takeOver(0);
    const process = this.#processes.get(0)!;
    for (let step = 0; step < TO_THE_END; step += 1) {
      await this.#step(process, 1, 'pass');
      if (process.actor.at === 'desire' && (await this.#isTrue())) break;
    }
    await this.expectTruth();
    // It stays so.
    this.#excused = setOf([]);
    await this.#step(process, 12, 'pass');
    await this.expectTruth();
  }

  async expectTruth(): Promise<void> {
    assert.equal(textOf(await this.#stage.blocked()), textOf(await this.#wanted()));
    const recorded = await createPostgresTargets(this.#database.db).load('here');
    const { block, allow, countries } = heldBy(recorded);
    const held = subtract(union(block, landsOf(countries)), allow);
    assert.equal(textOf(held), textOf(await this.#wanted()), 'what is recorded');
    assert.deepEqual(
      recorded.parts.filter(({ intended }) => intended.length > 0),
      [],
    );
    for (const { networks } of recorded.parts) assert.ok(networks.length <= this.#stage.perPart);
    // Nobody wrote any more once somebody else had begun to lead.
    const { rows } = await this.#database.pool.query<{ actor: string }>(
      `SELECT actor FROM audit WHERE what = 'target.write' ORDER BY seq`,
    );
    if (!this.#isEdited)
      assert.equal(await this.#drift(), 0, 'edits of somebody else, of which there were none');
    const epochs = rows.map(({ actor }) => Number(actor.split(' ')[1]));
    assert.deepEqual(
      epochs,
      epochs.toSorted((a, b) => a - b),
    );
  }

  #excuse(addresses: RangeSet): void {
    this.#excused = union(this.#excused, addresses);
    this.#firm = subtract(this.#firm, addresses);
  }

  async close(): Promise<void> {
    for (const process of [...this.#processes.values(), ...this.#zombies]) await end(process);
  }

  async #step(process: Process, count: number, how: How): Promise<void> {
    const { actor } = process;
    for (let i = 0; i < count && actor.result === undefined; i += 1) {
      const call = actor.at ?? '';
      if (call === 'desire') process.seen = this.#permanent;
      await actor.step(how);
      if (call === 'reached' && how === 'pass' && this.#leads(process)) {
        // What somebody else has taken away, and we have not seen yet, is not there to be let go.
        const seen = intersect(process.seen, await this.#stage.blocked());
        this.#firm = subtract(union(this.#firm, seen), this.#excused);
      }
      if (!this.#stage.writes.has(call)) continue;
      if (!this.#stage.isFenced && !this.#leads(process)) this.#isEdited = true;
      // Without tokens nothing keeps a write from coming after somebody else's.
      if (!this.#stage.isFenced && this.#isEdited) {
        this.#excuse(subtract(this.#permanent, await this.#stage.blocked()));
      }
      const lost = subtract(this.#firm, await this.#stage.blocked());
      assert.deepEqual(networksOf(lost), [], `let go by ${call}`);
    }
  }

  #leads(process: Process): boolean {
    return [...this.#processes.values()].includes(process) && process === this.#leader;
  }

  async #drift(): Promise<number> {
    const { rows } = await this.#database.pool.query<{ count: number }>(
      `SELECT count(*) FROM audit WHERE what = 'target.drift'`,
    );
    return rows[0]!.count;
  }

  async #isTrue(): Promise<boolean> {
    const { parts } = await createPostgresTargets(this.#database.db).load('here');
    if (parts.some(({ intended }) => intended.length > 0)) return false;
    return isEqual(await this.#stage.blocked(), await this.#wanted());
  }

  async #wanted(): Promise<RangeSet> {
    const listing = createListing(createPostgresEntries(this.#database.db));
    const { block, allow, countries } = wantedOf(await listing(), setOf([]));
    return subtract(union(block, landsOf(countries)), allow);
  }
}

async function end({ actor, stop }: Process): Promise<void> {
  stop.abort(new Error('dead'));
  await actor.crash();
}
