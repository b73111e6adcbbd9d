import { emptySet, intersect, subtract, union, type RangeSet } from '@groundwork/ip-ranges';
import { expect } from 'vitest';
import { destinationOf } from '../../src/domain/destination.ts';
import { setOf, unionOf, type Coverage } from '../../src/domain/networks.ts';
import type { Contents, Enforcer, Part, Write } from '../../src/ports/enforcer.ts';
import { landsOf, textOf } from '../support/account.ts';
import type { Place } from './place.ts';

/** More writes than anything in the contract needs. */
const MOST_WRITES = 120;

/** Networks, and countries by their codes. */
export function wanting(block: readonly string[], allow: readonly string[] = []): Coverage {
  return { block: setOf(block), allow: setOf(allow), countries: block.filter((one) => COUNTRY.test(one)) };
}

const COUNTRY = /^[A-Z]{2}$/;

/** What a coverage turns away: an allow wins over any block. */
export function effectOf({ block, allow, countries }: Coverage): RangeSet {
  return subtract(union(block, landsOf(countries)), allow);
}

/** What an enforcer can hold of that: what it cannot allow is carved out, what is too much is left out. */
export async function within(enforcer: Enforcer, wanted: Coverage): Promise<Coverage> {
  const demand = { wanted, spared: emptySet, entries: () => Promise.resolve([]) };
  const { block, allow, countries } = await destinationOf(demand, enforcer.capacity(), DROP);
  return { block, allow, countries };
}

const DROP = { mode: 'all', maxCollateral: 0n, widestPrefix: { v4: 1, v6: 1 } } as const;

/** An enforcer that has looked. */
export async function lookingAt(place: Place): Promise<Enforcer> {
  const enforcer = place.enforcer();
  await enforcer.observe();
  return enforcer;
}

/** The only write of its kind that there is to make, or the first. */
export async function firstWrite(enforcer: Enforcer, wanted: Coverage): Promise<Write> {
  const [write] = enforcer.next(await within(enforcer, wanted));
  if (write === undefined) throw new Error('there is nothing to write');
  return write;
}

export async function expectInForce(place: Place, wanted: Coverage): Promise<void> {
  expect(textOf(await place.enforced())).toBe(textOf(effectOf(wanted)));
}

/** A part that is not there holds nothing; a write may be about none. */
export function expectHolds(part: Contents | undefined, said: Contents | undefined): void {
  const of = (contents: Contents | undefined): string[] =>
    [...(contents?.networks ?? []), ...(contents?.countries ?? [])].toSorted();
  expect(of(part)).toEqual(of(said));
}

/**
 * Writes until nothing is left to write, and looks from outside after every write. `choose` says
 * which of several comes first, as they come in no order.
 */
export async function converge(
  place: Place,
  enforcer: Enforcer,
  wanted: Coverage,
  {
    perform = (write) => write.perform(),
    choose = () => 0,
  }: { perform?: (write: Write) => Promise<void>; choose?: (writes: readonly Write[]) => number } = {},
): Promise<void> {
  const goal = await within(enforcer, wanted);
  const effect = effectOf(goal);
  let before = await place.enforced();
  for (let count = 0; ; count += 1) {
    const writes = enforcer.next(goal);
    const write = writes[choose(writes)];
    if (write === undefined) break;
    expect(count, `it comes to an end: ${write.what}`).toBeLessThan(MOST_WRITES);
    await perform(write);
    const after = await place.enforced();
    const lost = subtract(intersect(before, effect), after);
    expect(textOf(lost), `let go on the way, by: ${write.what}`).toBe('');
    const unasked = subtract(after, union(before, effect));
    expect(textOf(unasked), `blocked unasked, by: ${write.what}`).toBe('');
    expect(textOf(inForce(enforcer.parts())), `what its parts say, after: ${write.what}`).toBe(textOf(after));
    before = after;
  }
  await expectInForce(place, goal);
}

/** Writes until nothing is left to write, without looking. */
export async function writeAll(enforcer: Enforcer, wanted: Coverage): Promise<void> {
  for (let [write] = enforcer.next(wanted); write !== undefined; [write] = enforcer.next(wanted)) {
    await write.perform();
  }
}

function inForce(parts: readonly Part[]): RangeSet {
  const of = (action: Part['action']): RangeSet =>
    unionOf(
      parts.filter((part) => part.inForce && part.action === action).map(({ networks }) => setOf(networks)),
    );
  const countries = parts.flatMap((part) => (part.inForce ? part.countries : []));
  return effectOf({ block: of('block'), allow: of('allow'), countries });
}
