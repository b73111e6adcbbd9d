import { describe, expect } from 'vitest';
import type { Suite } from '@groundwork/service/testing/contract';
import { converge, lookingAt, wanting } from '../converge.ts';
import type { GeoPlace } from './place.ts';

/** What is so only of a geo restriction. */
export const describeGeo: Suite<GeoPlace> = (test) => {
  describe('a geo restriction', () => {
    test('is none when no country is blocked', async (place) => {
      const enforcer = await lookingAt(place);
      await converge(place, enforcer, wanting(['DE']));
      await converge(place, enforcer, wanting([]));
      const { Restrictions } = await place.config();
      expect(Restrictions?.GeoRestriction).toMatchObject({ RestrictionType: 'none', Quantity: 0 });
    });

    test('that lets only some countries in is left alone', async (place) => {
      const GeoRestriction = { RestrictionType: 'whitelist', Quantity: 1, Items: ['US'] } as const;
      await place.change((config) => ({
        ...config,
        Restrictions: { GeoRestriction: { ...GeoRestriction, Items: [...GeoRestriction.Items] } },
      }));
      const enforcer = await lookingAt(place);
      expect(enforcer.next(wanting(['DE']))).toEqual([]);
      expect((await place.config()).Restrictions?.GeoRestriction).toMatchObject(GeoRestriction);
    });

    test('keeps what somebody else changes elsewhere in the configuration', async (place) => {
      const enforcer = await lookingAt(place);
      await converge(place, enforcer, wanting(['DE']));
      await place.change((config) => ({ ...config, Comment: 'changed by hand' }));
      await enforcer.observe();
      await converge(place, enforcer, wanting(['DE', 'FR']));
      expect((await place.config()).Comment).toBe('changed by hand');
    });
  });
};
