import { describe, expect } from 'vitest';
import { Conflict, LimitReached, Throttled } from '../../src/ports/enforcer.ts';
import { textOf } from '../support/account.ts';
import type { Suite } from '@groundwork/service/testing/contract';
import {
  converge,
  expectHolds,
  expectInForce,
  firstWrite,
  lookingAt,
  wanting,
  writeAll,
} from './converge.ts';
import type { Place, Room } from './place.ts';

/** What every enforcer answers when a write fails. */
export const describeFailures: Suite<Place> = (test) => {
  describe('an enforcer whose write fails', () => {
    test('says Throttled when it was one too many; nothing was done, and nothing need be looked at', async (place) => {
      const enforcer = await lookingAt(place);
      for (const wanted of [place.words.held, place.words.most]) {
        const before = textOf(await place.enforced());
        const write = await firstWrite(enforcer, wanted);
        place.hand.throttle(write.operation);
        await expect(write.perform()).rejects.toThrow(Throttled);
        expect(textOf(await place.enforced())).toBe(before);
        await converge(place, enforcer, wanted);
      }
    });

    test('shows what was done when it looks again after a lost answer, whichever write that was of', async (place) => {
      const enforcer = await lookingAt(place);
      for (const wanted of [place.words.held, place.words.most, wanting([])]) {
        await converge(place, enforcer, wanted, {
          perform: async (write) => {
            place.hand.loseAnswer(write.operation);
            const error = await write.perform().catch((cause: unknown) => cause);
            expect(error).toBeInstanceOf(Error);
            // It must not claim that nothing was done.
            for (const kind of [Conflict, Throttled, LimitReached]) expect(error).not.toBeInstanceOf(kind);
            await enforcer.observe();
            const { part } = write;
            const now = enforcer.parts().find(({ name }) => name === part?.name);
            if (part !== undefined) expectHolds(now, part);
          },
        });
      }
    });
  });
};

/** What those answer that can have only so many parts. */
export const describeLimits: Suite<Place & { room: Room }> = (test) => {
  describe('an enforcer without room', () => {
    test('says LimitReached when there can be no more of it, and then has less capacity', async (place) => {
      const enforcer = await lookingAt(place);
      const { held, scattered } = place.words;
      await converge(place, enforcer, held);
      const { block: before } = enforcer.capacity();
      await place.room.fillUp();
      await enforcer.observe();
      const most = scattered(place.room.tooMany);
      await expect(writeAll(enforcer, most)).rejects.toThrow(LimitReached);
      const { block } = enforcer.capacity();
      expect(block.v4).toBeLessThan(before.v4);
      expect(block.v4).toBeGreaterThan(0);
      const fitting = scattered(block.v4);
      await writeAll(enforcer, fitting);
      await expectInForce(place, fitting);
      await place.room.makeRoom();
      await enforcer.observe();
      expect(enforcer.capacity().block).toEqual(before);
      await converge(place, enforcer, most);
    });
  });
};
