import { DescribeManagedPrefixListsCommand, GetManagedPrefixListEntriesCommand } from '@aws-sdk/client-ec2';
import { describe, expect } from 'vitest';
import type { Aws, Suite } from './contract.ts';
import { defined, refusal } from './helpers.ts';

async function find(aws: Aws, name: string) {
  const { PrefixLists = [] } = await aws.ec2.send(
    new DescribeManagedPrefixListsCommand({ Filters: [{ Name: 'prefix-list-name', Values: [name] }] }),
  );
  expect(PrefixLists).toHaveLength(1);
  return defined(PrefixLists[0], name);
}

export const describePrefixLists: Suite = ({ test }) => {
  describe('managed prefix lists', () => {
    for (const [family, name, shape] of [
      ['IPv4', 'com.amazonaws.global.cloudfront.origin-facing', /^[\d.]+\/\d+$/],
      ['IPv6', 'com.amazonaws.global.ipv6.cloudfront.origin-facing', /^[0-9a-f:]+\/\d+$/],
    ] as const) {
      test(`AWS keeps a list of the ${family} addresses that CloudFront comes from`, async (aws) => {
        const list = await find(aws, name);
        expect(list).toMatchObject({ PrefixListName: name, OwnerId: 'AWS', AddressFamily: family });
        const { Entries = [] } = await aws.ec2.send(
          new GetManagedPrefixListEntriesCommand({ PrefixListId: list.PrefixListId }),
        );
        expect(Entries.length).toBeGreaterThan(0);
        for (const { Cidr } of Entries) expect(Cidr).toMatch(shape);
      });
    }

    test('lists of AWS are told from others by their owner', async (aws) => {
      const { PrefixLists = [] } = await aws.ec2.send(
        new DescribeManagedPrefixListsCommand({ Filters: [{ Name: 'owner-id', Values: ['AWS'] }] }),
      );
      expect(PrefixLists.map(({ PrefixListName }) => PrefixListName)).toContain(
        'com.amazonaws.global.cloudfront.origin-facing',
      );
      const foreign = new DescribeManagedPrefixListsCommand({
        Filters: [{ Name: 'owner-id', Values: ['999999999999'] }],
      });
      expect((await aws.ec2.send(foreign)).PrefixLists ?? []).toEqual([]);
    });

    test('a prefix list that does not exist is refused', async (aws) => {
      const read = aws.ec2.send(new GetManagedPrefixListEntriesCommand({ PrefixListId: 'pl-00000000' }));
      expect(await refusal(read)).toMatchObject({ status: 400, code: 'InvalidPrefixListID.NotFound' });
    });
  });
};
