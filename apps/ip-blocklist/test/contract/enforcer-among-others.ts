import { describe, expect } from 'vitest';
import { Conflict, type Enforcer, type Part } from '../../src/ports/enforcer.ts';
import { textOf } from '../support/account.ts';
import type { Suite } from './contract.ts';
import { converge, expectInForce, firstWrite, lookingAt, wanting } from './converge.ts';
import type { Place } from './place.ts';

const HELD = wanting(['203.0.113.0/24']);
const MORE = wanting(['203.0.113.0/24', '198.51.100.0/24']);
const EDITED = ['192.0.2.0/24'];

const blocking = (enforcer: Enforcer): Part => {
  const part = enforcer.parts().find(({ action, networks }) => action === 'block' && networks.length > 0);
  if (part === undefined) throw new Error('no part blocks anything');
  return part;
};

/** An enforcer at work, and another one that has the same picture. */
async function two(place: Place): Promise<[Enforcer, Enforcer]> {
  const enforcer = await lookingAt(place);
  await converge(place, enforcer, HELD);
  return [enforcer, await lookingAt(place)];
}

/** What every enforcer does where others work too. */
export const describeOthers: Suite<Place> = (test) => {
  describe('among others, an enforcer', () => {
    test('rejects a write made on an outdated picture with Conflict, and changes nothing', async (place) => {
      const [enforcer] = await two(place);
      const write = firstWrite(enforcer, MORE);
      await place.hand.edit(blocking(enforcer).name, EDITED);
      await expect(write.perform()).rejects.toThrow(Conflict);
      await expectInForce(place, wanting(EDITED));
    });

    test('rejects the second of two that write the same', async (place) => {
      const [one, other] = await two(place);
      const [first, second] = [firstWrite(one, MORE), firstWrite(other, wanting([]))];
      await first.perform();
      await expect(second.perform()).rejects.toThrow(Conflict);
      await expectInForce(place, MORE);
    });

    test('rejects the second of two that make the same part', async (place) => {
      const [one, other] = [await lookingAt(place), await lookingAt(place)];
      const [first, second] = [firstWrite(one, HELD), firstWrite(other, MORE)];
      await first.perform();
      await expect(second.perform()).rejects.toThrow(Conflict);
      await converge(place, await lookingAt(place), HELD);
    });

    test('sees what somebody else has edited when it looks again, and undoes it', async (place) => {
      const [enforcer] = await two(place);
      const { name } = blocking(enforcer);
      await place.hand.edit(name, EDITED);
      await enforcer.observe();
      expect(enforcer.parts().find((part) => part.name === name)?.networks).toEqual(EDITED);
      await converge(place, enforcer, HELD);
    });

    test('does not read again what nobody has changed', async (place) => {
      const [enforcer] = await two(place);
      const before = enforcer.parts().map(({ networks }) => networks);
      await enforcer.observe();
      const after = enforcer.parts().map(({ networks }) => networks);
      expect(after.every((networks, i) => networks === before[i])).toBe(true);
    });

    test('makes an older write come too late by writing once more', async (place) => {
      const [slow, enforcer] = await two(place);
      const late = firstWrite(slow, MORE);
      const again = enforcer.rewrite(blocking(enforcer).name);
      expect(again?.part?.networks.toSorted()).toEqual(blocking(enforcer).networks.toSorted());
      await again?.perform();
      await expectInForce(place, HELD);
      await expect(late.perform()).rejects.toThrow(Conflict);
      await expectInForce(place, HELD);
      expect(enforcer.next(HELD)).toEqual([]);
    });

    test('has nothing to rewrite of a part that is not there', async (place) => {
      expect((await lookingAt(place)).rewrite('nothing-of-this-name')).toBeUndefined();
    });

    test("never touches what is not its target's", async (place) => {
      const before = await place.foreign();
      const enforcer = await lookingAt(place);
      for (const wanted of [MORE, wanting(['203.0.113.0/24'], ['203.0.113.9/32']), wanting([])]) {
        await converge(place, enforcer, wanted);
      }
      expect(enforcer.parts().every(({ networks }) => networks.length === 0)).toBe(true);
      expect(textOf(await place.enforced())).toBe('');
      expect(await place.foreign()).toEqual(before);
    });
  });
};
