import { join } from 'node:path';
import type { Faults } from '../../faults/rules.ts';
import type { Outbox } from '../../outbox.ts';
import type { Database } from '../../state.ts';
import { Items } from '../items.ts';
import { Disks } from '../volumes/disks.ts';
import { nextPassed } from '../instances/status.ts';
import { nextOfInstances } from '../instances/transitions.ts';
import { nextOfSnapshots } from '../volumes/snapshot-transitions.ts';
import { nextOfVolumes } from '../volumes/transitions.ts';
import { Ec2Settings, type Times } from './settings.ts';
import { Timeline } from './timeline.ts';
import { Zones } from './zones.ts';

export interface CloudOptions {
  db: Database;
  /** Contents of volumes are in `ec2/` of it. */
  stateDir: string;
  faults: Faults;
  outbox: Pick<Outbox, 'add'>;
  /** Real time, in ms. */
  clock?: () => number;
}

/** The longest that a timer can wait, in ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What instances, volumes and groups live in: one clock, zones that can be lost, disks, and events that go out. */
export class Cloud {
  readonly items: Items;
  readonly settings: Ec2Settings;
  readonly zones: Zones;
  readonly disks: Disks;
  readonly faults: Faults;
  readonly timeline: Timeline;
  readonly outbox: Pick<Outbox, 'add'>;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor({ db, stateDir, faults, outbox, clock = Date.now }: CloudOptions) {
    this.items = new Items(db);
    this.settings = new Ec2Settings(db);
    this.zones = new Zones(db);
    this.disks = new Disks(join(stateDir, 'ec2'));
    this.faults = faults;
    this.outbox = outbox;
    this.timeline = new Timeline(() => clock() + this.settings.aheadMs);
    for (const next of [nextOfInstances, nextOfVolumes, nextOfSnapshots])
      this.timeline.addSource(() => next(this));
  }

  /** ms since the epoch, on the clock that can be put forward. */
  get now(): number {
    return this.timeline.now;
  }

  get times(): Times {
    return this.settings.times;
  }

  /** Does something, all of it or nothing, when everything that is due has happened. */
  do<T>(work: () => T): T {
    this.settle();
    try {
      return this.items.transaction(() => this.timeline.at(work));
    } finally {
      this.#setAlarm();
    }
  }

  /** Puts the clock forward; all that is due until then has happened afterwards. */
  advance(byMs: number): void {
    this.settings.advance(byMs);
    this.settle();
    this.#setAlarm();
  }

  settle(): void {
    this.items.transaction(() => this.timeline.settle());
  }

  /** ms until something happens by itself, or can be seen to have; undefined when nothing will. */
  nextDueMs(): number | undefined {
    const next = Math.min(this.timeline.next()?.at ?? Infinity, nextPassed(this) ?? Infinity);
    return next === Infinity ? undefined : Math.max(0, next - this.now);
  }

  /** Events have to leave even when nobody asks. */
  start(): void {
    this.settle();
    this.#setAlarm();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #setAlarm(): void {
    clearTimeout(this.#timer);
    const inMs = this.#closed ? undefined : this.nextDueMs();
    if (inMs === undefined) return;
    this.#timer = setTimeout(() => this.start(), Math.min(inMs, LONGEST_TIMER_MS));
    this.#timer.unref();
  }
}
