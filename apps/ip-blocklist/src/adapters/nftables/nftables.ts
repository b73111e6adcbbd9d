import { randomBytes } from 'node:crypto';
import { isEqual, subtract, type RangeSet } from '@groundwork/ip-ranges';
import type { Capacity } from '../../domain/destination.ts';
import { NOTHING, networksOf, only, type Coverage, type Version } from '../../domain/networks.ts';
import { elementsText, SETS, tableText, type SetLayout } from '../../domain/nftables/layout.ts';
import { addressesOf, nextSets, type SetStep } from '../../domain/nftables/next-sets.ts';
import { Conflict, type Condition, type Enforcer, type Part, type Write } from '../../ports/enforcer.ts';
import type { Nft } from './nft.ts';
import { elementsOf, pictureOf, STATE_PREFIX, type Counters, type TablePicture } from './picture-of-table.ts';

const ALL = Number.MAX_SAFE_INTEGER;
const VERSIONS: readonly Version[] = ['v4', 'v6'];
/** A set of so many networks is read again before it is written: 20 ms. One of 100,000 would take 0.5 s. */
const SMALL = 8_192;
const NO_COUNTRIES: readonly string[] = [];

/**
 * A table of nftables of its own on this host.
 *
 * nftables has no lock tokens, but its transactions are atomic, and deleting what is not there fails
 * all of one. So an empty chain with a random name stands for the state of the table: every write
 * deletes the one that it has seen and makes another one, and of two writes for the same state one
 * fails. That holds among us. What others have edited is seen before a write where a set is small;
 * in a larger one an addition that is there already or a removal of what is not fails as well, and
 * anything else is put right when it is looked at next.
 */
export class Nftables implements Enforcer {
  readonly #nft: Nft;
  readonly #table: string;
  #picture: TablePicture | undefined;
  #hasLooked = false;
  #parts: Part[] = [];
  readonly #texts = new WeakMap<RangeSet, readonly string[]>();

  constructor(nft: Nft, table: string) {
    this.#nft = nft;
    this.#table = table;
  }

  async observe(): Promise<void> {
    const listing = await this.#nft.table(this.#table);
    this.#take(listing === undefined ? undefined : pictureOf(listing));
  }

  /** What was dropped; undefined when the table is not as it was seen last and has to be looked at. Cheap. */
  async glance(): Promise<Counters | undefined> {
    const listing = await this.#nft.outline(this.#table);
    const now = listing === undefined ? undefined : pictureOf(listing);
    const isSame = now?.state === this.#picture?.state && now?.flaws.length === 0;
    return isSame ? now?.counters : undefined;
  }

  /** Takes the table away, and with it everything that it blocks. */
  async remove(): Promise<void> {
    // Added first, so that it does not matter whether it is there.
    await this.#nft.transact(`add table inet ${this.#table}\ndelete table inet ${this.#table}\n`);
  }

  parts(): readonly Part[] {
    return this.#parts;
  }

  capacity(): Capacity {
    return { block: { v4: ALL, v6: ALL }, allow: { v4: 0, v6: 0 }, countries: 0 };
  }

  conditions(): Condition[] {
    const flaws = this.#picture?.flaws ?? [];
    if (flaws.length === 0) return [];
    const holding = this.#parts.filter(({ networks }) => networks.length > 0);
    const isBlind = !holding.some(({ inForce }) => inForce);
    const message = `Somebody has changed the table inet ${this.#table}: ${flaws.join(', ')}`;
    return [{ severity: isBlind ? 'blind' : 'note', message }];
  }

  next({ block, allow }: Coverage): Write[] {
    if (!this.#hasLooked) throw new Error('it has not been looked at yet');
    const picture = this.#picture;
    const isBroken = picture !== undefined && (picture.flaws.length > 0 || picture.state === undefined);
    if (isBroken) return [this.#mend(picture)];
    const wanted = subtract(block, allow);
    return VERSIONS.flatMap((version) => {
      const [singles, ranges] = SETS.filter((set) => set.version === version) as [SetLayout, SetLayout];
      const held = { singles: this.#held(singles), ranges: this.#held(ranges) };
      return nextSets(held, only(wanted, version)).map((step) =>
        this.#change(step.kind === 'singles' ? singles : ranges, step),
      );
    });
  }

  /** Nothing but another state: any write for the old one comes too late then. */
  rewrite(name: string): Write | undefined {
    const part = this.#parts.find((one) => one.name === name);
    const picture = this.#picture;
    if (part === undefined || picture?.state === undefined) return undefined;
    return {
      urgency: 'add',
      operation: 'nft -f',
      what: `Makes writes for an older state of ${this.#table} come too late`,
      part: { name, action: 'block', networks: part.networks, countries: NO_COUNTRIES },
      perform: () => this.#write(picture, '', {}),
    };
  }

  #held({ name }: SetLayout): RangeSet {
    return this.#picture?.sets.get(name) ?? NOTHING.block;
  }

  #change(set: SetLayout, { urgency, after }: SetStep): Write {
    const picture = this.#picture;
    const before = this.#held(set);
    const networks = this.#networksOf(after);
    return {
      urgency,
      operation: 'nft -f',
      what: `Makes ${set.name} of ${this.#table} hold ${networks.length} networks`,
      part: { name: set.name, action: 'block', networks, countries: NO_COUNTRIES },
      perform: async () => {
        if (picture !== undefined && this.#networksIn(set.name).length <= SMALL) {
          await this.#unchanged(set.name, before);
        }
        const text = this.#contentsText(set, before, after);
        await this.#write(picture, text, { sets: new Map(picture?.sets).set(set.name, after) });
      },
    };
  }

  /** Everything made anew with the same contents, in one transaction. */
  #mend(picture: TablePicture): Write {
    const text =
      `delete table inet ${this.#table}\n${tableText(this.#table)}` +
      SETS.map((set) => this.#contentsText(set, NOTHING.block, this.#held(set))).join('');
    return {
      urgency: 'add',
      operation: 'nft -f',
      what: `Makes ${this.#table} anew, with what it holds`,
      perform: () => this.#write(picture, text, { ...WHOLE, isAnew: true }),
    };
  }

  #contentsText({ name, kind }: SetLayout, before: RangeSet, after: RangeSet): string {
    const table = this.#table;
    if (kind === 'ranges') {
      return `flush set inet ${table} ${name}\n${elementsText('add', table, name, networksOf(after))}`;
    }
    return (
      elementsText('delete', table, name, addressesOf(subtract(before, after))) +
      elementsText('create', table, name, addressesOf(subtract(after, before)))
    );
  }

  async #write(
    seen: TablePicture | undefined,
    text: string,
    { isAnew = false, ...after }: Partial<TablePicture> & { isAnew?: boolean },
  ): Promise<void> {
    const table = this.#table;
    const state = STATE_PREFIX + randomBytes(8).toString('hex');
    const fence = seen?.state === undefined ? '' : `delete chain inet ${table} ${seen.state}\n`;
    // Of two that make the table the second fails.
    const made = seen === undefined ? `create table inet ${table}\n${tableText(table)}` : '';
    const next = `create chain inet ${table} ${state}\n`;
    await this.#nft.transact(isAnew ? fence + text + next : made + fence + next + text);
    this.#take({ ...EMPTY, ...seen, ...after, state });
  }

  async #unchanged(name: string, before: RangeSet): Promise<void> {
    const listing = await this.#nft.set(this.#table, name);
    const set = listing?.find((one) => 'set' in one)?.['set'];
    if (set === undefined || !isEqual(elementsOf(set), before)) {
      throw new Conflict(`${name} of ${this.#table} has changed`);
    }
  }

  /** What a write says it will put there is not computed again when it has. */
  #networksOf(set: RangeSet): readonly string[] {
    const networks = this.#texts.get(set) ?? networksOf(set);
    this.#texts.set(set, networks);
    return networks;
  }

  #networksIn(name: string): readonly string[] {
    return this.#parts.find((part) => part.name === name)?.networks ?? [];
  }

  #take(picture: TablePicture | undefined): void {
    const before = this.#picture;
    this.#picture = picture;
    this.#hasLooked = true;
    this.#parts = SETS.map((set): Part => {
      const { name } = set;
      const isSame = before !== undefined && isEqual(before.sets.get(name) ?? NOTHING.block, this.#held(set));
      const networks = isSame ? this.#networksIn(name) : this.#networksOf(this.#held(set));
      const inForce = picture?.inForce.has(name) ?? false;
      return { name, action: 'block', networks, countries: NO_COUNTRIES, inForce };
    });
  }
}

/** A table as we make it. */
const WHOLE = { flaws: [], inForce: new Set(SETS.map(({ name }) => name)) };
const EMPTY: TablePicture = {
  ...WHOLE,
  sets: new Map(),
  state: undefined,
  counters: { packets: 0, bytes: 0 },
};
