import { describe, expect } from 'vitest';
import { Conflict, type Enforcer, type Part } from '../../src/ports/enforcer.ts';
import { textOf } from '../support/account.ts';
import type { Suite } from '@groundwork/service/testing/contract';
import { converge, expectHolds, expectInForce, firstWrite, lookingAt, wanting } from './converge.ts';
import type { Place } from './place.ts';

const blocking = (enforcer: Enforcer): Part => {
  const part = enforcer
    .parts()
    .find(({ action, networks, countries }) => action === 'block' && networks.length + countries.length > 0);
  if (part === undefined) throw new Error('no part blocks anything');
  return part;
};

const edited = ({ words: { edited: one } }: Place) => wanting([...one.networks, ...one.countries]);

/** An enforcer at work, and another one that has the same picture. */
async function two(place: Place): Promise<[Enforcer, Enforcer]> {
  const enforcer = await lookingAt(place);
  await converge(place, enforcer, place.words.held);
  return [enforcer, await lookingAt(place)];
}

/** What every enforcer does where others work too. */
export const describeOthers: Suite<Place> = (test) => {
  describe('among others, an enforcer', () => {
    test('rejects a write made on an outdated picture with Conflict, and changes nothing', async (place) => {
      const [enforcer] = await two(place);
      const write = await firstWrite(enforcer, place.words.more);
      await place.hand.edit(blocking(enforcer).name, place.words.edited);
      await expect(write.perform()).rejects.toThrow(Conflict);
      await expectInForce(place, edited(place));
    });

    test('rejects the second of two that write the same', async (place) => {
      const [one, other] = await two(place);
      const { more } = place.words;
      const [first, second] = [await firstWrite(one, more), await firstWrite(other, wanting([]))];
      await first.perform();
      await expect(second.perform()).rejects.toThrow(Conflict);
      await expectInForce(place, more);
    });

    test('rejects the second of two that make the same part', async (place) => {
      const [one, other] = [await lookingAt(place), await lookingAt(place)];
      const { held, more } = place.words;
      const [first, second] = [await firstWrite(one, held), await firstWrite(other, more)];
      await first.perform();
      await expect(second.perform()).rejects.toThrow(Conflict);
      await converge(place, await lookingAt(place), held);
    });

    test('sees what somebody else has edited when it looks again, and undoes it', async (place) => {
      const [enforcer] = await two(place);
      const { name } = blocking(enforcer);
      await place.hand.edit(name, place.words.edited);
      await enforcer.observe();
      expect(enforcer.parts().find((part) => part.name === name)).toMatchObject(place.words.edited);
      await converge(place, enforcer, place.words.held);
    });

    test('shows the same as before when nobody has changed anything, so that nothing is compared', async (place) => {
      const [enforcer] = await two(place);
      const before = enforcer.parts().map(({ networks }) => networks);
      await enforcer.observe();
      const after = enforcer.parts().map(({ networks }) => networks);
      expect(after.every((networks, i) => networks === before[i])).toBe(true);
    });

    test('has nothing to rewrite of a part that is not there', async (place) => {
      expect((await lookingAt(place)).rewrite('nothing-of-this-name')).toBeUndefined();
    });

    test("never touches what is not its target's", async (place) => {
      const before = await place.foreign();
      const enforcer = await lookingAt(place);
      const { more, most } = place.words;
      for (const wanted of [more, most, wanting([])]) await converge(place, enforcer, wanted);
      expect(enforcer.parts().flatMap(({ networks, countries }) => [...networks, ...countries])).toEqual([]);
      expect(textOf(await place.enforced())).toBe('');
      expect(await place.foreign()).toEqual(before);
    });
  });
};

/** Where AWS tells one state from another: lock tokens, ETags. */
export const describeFences: Suite<Place> = (test) => {
  describe('an enforcer that is given tokens', () => {
    test('makes an older write come too late by writing once more', async (place) => {
      const [slow, enforcer] = await two(place);
      const { held, more } = place.words;
      const late = await firstWrite(slow, more);
      const again = enforcer.rewrite(blocking(enforcer).name);
      expectHolds(again?.part, blocking(enforcer));
      await again?.perform();
      await expectInForce(place, held);
      await expect(late.perform()).rejects.toThrow(Conflict);
      await expectInForce(place, held);
      expect(enforcer.next(held)).toEqual([]);
    });
  });
};

/** Where it does not. */
export const describeNoFences: Suite<Place> = (test) => {
  describe('an enforcer that is given no tokens', () => {
    test('undoes an older write that comes late, when it looks again', async (place) => {
      const [slow, enforcer] = await two(place);
      const { held, more } = place.words;
      const late = await firstWrite(slow, more);
      await enforcer.rewrite(blocking(enforcer).name)?.perform();
      await late.perform();
      await expectInForce(place, more);
      await enforcer.observe();
      await converge(place, enforcer, held);
    });
  });
};
