import { intersect, subtract, union, type RangeSet } from '@groundwork/ip-ranges';
import { expect } from 'vitest';
import { setOf, unionOf, type Coverage } from '../../src/domain/networks.ts';
import type { Enforcer, Part, Write } from '../../src/ports/enforcer.ts';
import { textOf } from '../support/account.ts';
import type { Place } from './place.ts';

/** More writes than anything in the contract needs. */
const MOST_WRITES = 60;

export function wanting(block: readonly string[], allow: readonly string[] = []): Coverage {
  return { block: setOf(block), allow: setOf(allow) };
}

/** What a coverage turns away: an allow wins over any block. */
export function effectOf({ block, allow }: Coverage): RangeSet {
  return subtract(block, allow);
}

/** An enforcer that has looked. */
export async function lookingAt(place: Place): Promise<Enforcer> {
  const enforcer = place.enforcer();
  await enforcer.observe();
  return enforcer;
}

/** The only write of its kind that there is to make, or the first. */
export function firstWrite(enforcer: Enforcer, wanted: Coverage): Write {
  const [write] = enforcer.next(wanted);
  if (write === undefined) throw new Error('there is nothing to write');
  return write;
}

export async function expectInForce(place: Place, wanted: Coverage): Promise<void> {
  expect(textOf(await place.enforced())).toBe(textOf(effectOf(wanted)));
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
  const effect = effectOf(wanted);
  let before = await place.enforced();
  for (let count = 0; ; count += 1) {
    const writes = enforcer.next(wanted);
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
  await expectInForce(place, wanted);
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
  return effectOf({ block: of('block'), allow: of('allow') });
}

/** So many networks of one address each that nothing can merge them. */
export function scattered(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `10.${i >> 15}.${(i >> 7) & 255}.${(i & 127) * 2}/32`);
}
