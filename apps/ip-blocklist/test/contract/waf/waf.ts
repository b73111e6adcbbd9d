import { describe, expect } from 'vitest';
import { Conflict } from '../../../src/ports/enforcer.ts';
import type { Suite } from '@groundwork/service/testing/contract';
import { converge, expectInForce, firstWrite, lookingAt, wanting, writeAll } from '../converge.ts';
import { about, applying } from './account.ts';
import { COUNTRIES } from '../words.ts';
import { GROUP, WEB_ACL, type WafPlace } from './place.ts';

const HELD = wanting(['203.0.113.0/24', '2001:db8::/32'], ['203.0.113.9/32']);
const MORE_COUNTRIES = 'DE DK EE EG ES FI FR GB GR HR HU IE IS IT'.split(' ');
const FIRST = `${GROUP}-block-v4-1`;
const SECOND = `${GROUP}-block-v4-2`;

/** What is so only of IP sets and the rule group that refers to them. */
export const describeWaf: Suite<WafPlace> = (test) => {
  describe('IP sets', () => {
    test('are compared by what their networks mean, not by how WAF writes them', async (place) => {
      const enforcer = await lookingAt(place);
      await converge(place, enforcer, wanting(['2001:db8::1/128', '2001:db8:0:1::/64']));
      const other = await lookingAt(place);
      expect(other.parts()[0]?.networks.toSorted()).toEqual(['2001:db8:0:1::/64', '2001:db8::1/128']);
      expect(other.next(wanting(['2001:db8::1/128', '2001:db8:0:1::/64']))).toEqual([]);
    });

    test('have no effect before a rule refers to them, and say so', async (place) => {
      const enforcer = await lookingAt(place);
      await (await firstWrite(enforcer, HELD)).perform();
      expect(enforcer.parts()[0]).toMatchObject({ name: FIRST, inForce: false });
      await expectInForce(place, wanting([]));
      await converge(place, enforcer, HELD);
      expect(enforcer.parts().every(({ inForce }) => inForce)).toBe(true);
    });

    test('give nothing up that another one was to hold, once somebody has changed that', async (place) => {
      const odd = (rest: number) =>
        Array.from({ length: 256 }, (_, i) => `10.0.0.${i}/32`).filter((_, i) => i % 2 === rest);
      const arns = [
        await place.account.makeIpSet(FIRST, odd(0)),
        await place.account.makeIpSet(SECOND, odd(1)),
      ];
      expect(arns.every((arn) => arn !== '')).toBe(true);
      const enforcer = await lookingAt(place);
      const wanted = wanting(['10.0.0.0/24']);
      const rules = enforcer.next(wanted).find(({ operation }) => operation === 'UpdateRuleGroup');
      await rules?.perform();
      await expectInForce(place, wanted);
      const merged = await firstWrite(enforcer, wanted);
      expect(merged.urgency).toBe('tidy');
      await merged.perform();
      const relying = await firstWrite(enforcer, wanted);
      expect(relying.part?.networks).toEqual([]);
      await place.account.editIpSet(merged.part?.name ?? '', []);
      await expect(relying.perform()).rejects.toThrow(Conflict);
      await enforcer.observe();
      await converge(place, enforcer, wanted);
    });

    test('that somebody has taken out of the rules and deleted are made again', async (place) => {
      const enforcer = await lookingAt(place);
      await converge(place, enforcer, HELD);
      const office = (await place.account.ipSets()).find(({ Name }) => Name === 'office')?.ARN ?? '';
      await place.account.editRuleGroup(GROUP, [about(office, 0, 'Block')]);
      await place.account.removeIpSet(FIRST);
      await enforcer.observe();
      expect(enforcer.parts().some(({ inForce }) => inForce)).toBe(false);
      expect(enforcer.parts().some(({ name }) => name === FIRST)).toBe(false);
      await writeAll(enforcer, HELD);
      await expectInForce(place, HELD);
    });

    test('of the names 1, 2, … take the first that is free', async (place) => {
      await place.account.makeIpSet(SECOND, []);
      const enforcer = await lookingAt(place);
      const full = wanting(Array.from({ length: 10_001 }, (_, i) => `10.0.${i >> 7}.${(i & 127) * 2}/32`));
      await converge(place, enforcer, full);
      expect(enforcer.parts().map(({ name }) => name)).toEqual(expect.arrayContaining([FIRST, SECOND]));
    });
  });

  describe('the rule group', () => {
    test('is made when it is not there, and blocks as soon as a web ACL refers to it', async (place) => {
      const enforcer = place.enforcer({ ruleGroup: 'new' });
      await enforcer.observe();
      expect(enforcer.conditions()).toEqual([
        { severity: 'blind', message: 'There is no rule group new yet' },
      ]);
      await writeAll(enforcer, HELD);
      const arn = (await place.account.ruleGroup('new'))?.ARN ?? '';
      await place.account.editWebAcl(WEB_ACL, [applying(arn, 0)]);
      await expectInForce(place, HELD);
    });

    test('is put right when somebody has turned its rules into something else', async (place) => {
      const enforcer = await lookingAt(place);
      await converge(place, enforcer, HELD);
      const [set] = await place.account.ipSets();
      await place.account.editRuleGroup(GROUP, [about(set?.ARN ?? '', 0, 'Allow')]);
      await enforcer.observe();
      expect(enforcer.parts().some(({ inForce }) => inForce)).toBe(false);
      await converge(place, enforcer, HELD);
    });

    test('is not written over when somebody has changed it since', async (place) => {
      const enforcer = await lookingAt(place);
      await (await firstWrite(enforcer, HELD)).perform();
      const rules = enforcer.next(HELD).find(({ operation }) => operation === 'UpdateRuleGroup');
      const office = (await place.account.ipSets()).find(({ Name }) => Name === 'office')?.ARN ?? '';
      await place.account.editRuleGroup(GROUP, [about(office, 0, 'Block')]);
      await expect(rules?.perform()).rejects.toThrow(Conflict);
      await expectInForce(place, wanting(['198.18.0.0/15']));
    });

    test('that accepts lets allowed addresses past all later rules', async (place) => {
      const { account } = place;
      const accepting = place.enforcer({ allows: 'accept' });
      await accepting.observe();
      await converge(place, accepting, HELD);
      const arn = (await account.ruleGroup(GROUP))?.ARN ?? '';
      const later = await account.makeIpSet('later', ['203.0.113.8/29']);
      await account.editWebAcl(WEB_ACL, [applying(arn, 5), about(later, 9, 'Block')]);
      await expectInForce(place, HELD);
    });

    test('blocks countries beside the IP sets, fifty by a statement, and exempts whom is allowed', async (place) => {
      const enforcer = await lookingAt(place);
      const { countries } = COUNTRIES.scattered(40);
      const wanted = { ...HELD, countries: [...countries, ...MORE_COUNTRIES].toSorted() };
      await place.account.makeRuleGroup('geo', 60);
      const geo = place.enforcer({ ruleGroup: 'geo' });
      await geo.observe();
      expect(geo.capacity().countries).toBe(250);
      await writeAll(geo, wanted);
      const rules = (await place.account.ruleGroup('geo'))?.Rules;
      expect(JSON.stringify(rules).match(/GeoMatchStatement/g)).toHaveLength(2);
      await place.account.editWebAcl(WEB_ACL, [
        applying((await place.account.ruleGroup('geo'))?.ARN ?? '', 0),
      ]);
      await expectInForce(place, wanted);
      expect(enforcer.capacity().countries).toBe(250);
    });

    test('leaves countries alone when it is told to', async (place) => {
      const enforcer = place.enforcer({ countries: 'leave' });
      await enforcer.observe();
      expect(enforcer.capacity().countries).toBe(0);
      await converge(place, enforcer, wanting(['203.0.113.0/24', 'DE']));
    });

    test('goes by a header when it is told to, with room for as many sets as that leaves', async (place) => {
      const forwardedIp = { header: 'X-Forwarded-For', position: 'ANY', fallback: 'MATCH' } as const;
      const enforcer = place.enforcer({ forwardedIp });
      await enforcer.observe();
      await writeAll(enforcer, wanting(['203.0.113.0/24', 'DE'], ['203.0.113.9/32']));
      const rules = JSON.stringify((await place.account.ruleGroup(GROUP))?.Rules);
      expect(rules.match(/"IPSetForwardedIPConfig":\{[^}]*"Position":"ANY"/g)).toHaveLength(2);
      expect(rules.match(/"ForwardedIPConfig"/g)).toHaveLength(1);
      const other = place.enforcer({ forwardedIp });
      await other.observe();
      expect(other.next(wanting(['203.0.113.0/24', 'DE'], ['203.0.113.9/32']))).toEqual([]);
      // Each set costs five units then.
      await place.account.makeRuleGroup('small', 15);
      const small = place.enforcer({ ruleGroup: 'small', forwardedIp });
      await small.observe();
      expect(small.capacity()).toMatchObject({ block: { v4: 10_000, v6: 0 }, countries: 0 });
    });

    test('with little capacity has room for fewer IP sets, and says so', async (place) => {
      await place.account.makeRuleGroup('small', 3);
      const enforcer = place.enforcer({ ruleGroup: 'small' });
      await enforcer.observe();
      expect(enforcer.capacity().block).toEqual({ v4: 10_000, v6: 0 });
      expect(enforcer.conditions().map(({ message }) => message)).toContain(
        'The rule group small has room for 3 IP sets, not for 5; its capacity is fixed when it is created',
      );
    });
  });
};
