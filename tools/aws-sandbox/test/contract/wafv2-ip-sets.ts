import {
  CreateIPSetCommand,
  DeleteIPSetCommand,
  GetIPSetCommand,
  ListIPSetsCommand,
} from '@aws-sdk/client-wafv2';
import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { newIpSet, refusal, uniqueName } from './wafv2.ts';

export const describeIpSets: Suite = ({ test }) => {
  describe('WAF IP sets', () => {
    test('an IP set keeps its addresses, and an update replaces all of them', async (aws) => {
      const set = await newIpSet(aws, ['192.0.2.0/24', '198.51.100.7/32']);
      const before = await set.get();
      expect(before.IPSet?.Addresses?.toSorted()).toEqual(['192.0.2.0/24', '198.51.100.7/32']);
      const { NextLockToken } = await set.update(['203.0.113.0/24'], before.LockToken);
      const after = await set.get();
      expect(after.IPSet?.Addresses).toEqual(['203.0.113.0/24']);
      expect(after.LockToken).toBe(NextLockToken);
    });

    test('an update with a stale lock token is refused and changes nothing', async (aws) => {
      const set = await newIpSet(aws, ['192.0.2.1/32']);
      const { LockToken } = await set.get();
      await set.update(['192.0.2.2/32'], LockToken);
      expect(await refusal(set.update(['192.0.2.3/32'], LockToken))).toBe('WAFOptimisticLockException');
      expect((await set.get()).IPSet?.Addresses).toEqual(['192.0.2.2/32']);
    });

    test('of ten updates with the same lock token one is done', async (aws) => {
      const set = await newIpSet(aws, []);
      const { LockToken } = await set.get();
      const results = await Promise.all(
        Array.from({ length: 10 }, (_, i) => refusal(set.update([`192.0.2.${i}/32`], LockToken))),
      );
      expect(results.filter((result) => result === 'accepted')).toHaveLength(1);
      expect(new Set(results)).toEqual(new Set(['accepted', 'WAFOptimisticLockException']));
    });

    test('an IP set takes 10,000 addresses', async (aws) => {
      const addresses = Array.from({ length: 10_000 }, (_, i) => `10.0.${i >> 8}.${i & 255}/32`);
      const set = await newIpSet(aws, addresses);
      expect((await set.get()).IPSet?.Addresses).toHaveLength(10_000);
    });

    test('an IP set of 10,001 addresses is refused', async (aws) => {
      const addresses = Array.from({ length: 10_001 }, (_, i) => `10.0.${i >> 8}.${i & 255}/32`);
      expect(await refusal(newIpSet(aws, addresses))).toBe('WAFLimitsExceededException');
    });

    for (const [what, address] of [
      ['an address without a prefix', '192.0.2.1'],
      ['the whole Internet', '0.0.0.0/0'],
      ['a prefix that is too long', '192.0.2.1/33'],
      ['something that is no address', '192.0.2.300/32'],
      ['an address of the other family', '2001:db8::/32'],
    ] as const) {
      test(`${what} is refused`, async (aws) => {
        expect(await refusal(newIpSet(aws, [address]))).toBe('WAFInvalidParameterException');
      });
    }

    test('IPv6 comes back written out in full', async (aws) => {
      const set = await newIpSet(aws, ['2001:db8::1/128', '2001:db8:1::/48'], { version: 'IPV6' });
      expect((await set.get()).IPSet?.Addresses?.toSorted()).toEqual([
        '2001:0db8:0000:0000:0000:0000:0000:0001/128',
        '2001:0db8:0001:0000:0000:0000:0000:0000/48',
      ]);
    });

    test('a name is taken once per scope', async (aws) => {
      const set = await newIpSet(aws, []);
      const again = (Scope: 'REGIONAL' | 'CLOUDFRONT') =>
        aws.waf.send(
          new CreateIPSetCommand({ Name: set.Name, Scope, IPAddressVersion: 'IPV4', Addresses: [] }),
        );
      expect(await refusal(again('REGIONAL'))).toBe('WAFDuplicateItemException');
      expect(await refusal(again('CLOUDFRONT'))).toBe('accepted');
    });

    test('an IP set is found by its name and its id together', async (aws) => {
      const set = await newIpSet(aws, []);
      const get = (Name: string, Id: string | undefined) =>
        refusal(aws.waf.send(new GetIPSetCommand({ Name, Id, Scope: 'REGIONAL' })));
      expect(await get(set.Name, set.Id)).toBe('accepted');
      expect(await get(uniqueName('other'), set.Id)).toBe('WAFNonexistentItemException');
    });

    test('a deleted IP set is gone, and needs its lock token for that', async (aws) => {
      const set = await newIpSet(aws, []);
      const { LockToken } = await set.get();
      const which = { Name: set.Name, Id: set.Id, Scope: set.Scope };
      const remove = (token: string | undefined) =>
        refusal(aws.waf.send(new DeleteIPSetCommand({ ...which, LockToken: token })));
      expect(await remove('00000000-0000-0000-0000-000000000000')).toBe('WAFOptimisticLockException');
      expect(await remove(LockToken)).toBe('accepted');
      expect(await refusal(set.get())).toBe('WAFNonexistentItemException');
    });

    test('a list of IP sets comes in pages', async (aws) => {
      const made = await Promise.all(Array.from({ length: 5 }, () => newIpSet(aws, [])));
      const names: (string | undefined)[] = [];
      let NextMarker: string | undefined;
      do {
        const page = await aws.waf.send(new ListIPSetsCommand({ Scope: 'REGIONAL', Limit: 2, NextMarker }));
        expect(page.IPSets?.length).toBeLessThanOrEqual(2);
        names.push(...(page.IPSets ?? []).map(({ Name }) => Name));
        NextMarker = page.NextMarker;
      } while (NextMarker !== undefined);
      for (const { Name } of made) expect(names.filter((name) => name === Name)).toHaveLength(1);
    });
  });
};
