import {
  DescribeManagedPrefixListsCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkInterfacesCommand,
  DescribeVpcsCommand,
  GetManagedPrefixListEntriesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect } from 'vitest';
import type { Aws, Suite } from './contract.ts';
import { newNatGateway, newSubnet, newVpc } from './ec2.ts';
import { defined, refusal } from './helpers.ts';

interface Page {
  ids: (string | undefined)[];
  next: string | undefined;
}

/** All pages; each has at most `size`, and there is more than one. */
async function allPages(size: number, read: (token: string | undefined) => Promise<Page>): Promise<string[]> {
  const pages: Page[] = [];
  let token: string | undefined;
  do {
    const page = await read(token);
    expect(page.ids.length).toBeLessThanOrEqual(size);
    pages.push(page);
    token = page.next;
  } while (token !== undefined && token !== '');
  expect(pages.length).toBeGreaterThan(1);
  return pages.flatMap(({ ids }) => ids.map((id) => defined(id)));
}

/** Every one of them, once. */
function expectEach(all: readonly string[], made: readonly string[]): void {
  for (const id of made) expect(all.filter((one) => one === id)).toHaveLength(1);
}

/** Six NAT gateways, which have six interfaces. */
async function newGateways(aws: Aws) {
  const vpcId = await newVpc(aws);
  const SubnetId = await newSubnet(aws, vpcId);
  const gateways = [];
  for (let i = 0; i < 6; i += 1)
    gateways.push(await newNatGateway(aws, { SubnetId, ConnectivityType: 'private' }));
  return { gateways, Filters: [{ Name: 'vpc-id', Values: [vpcId] }] };
}

export const describeEc2Pages: Suite = ({ test }) => {
  describe('pages of EC2', () => {
    test('VPCs come in pages', async (aws) => {
      const made: string[] = [];
      for (let i = 0; i < 6; i += 1) made.push(await newVpc(aws));
      const all = await allPages(5, async (NextToken) => {
        const page = await aws.ec2.send(new DescribeVpcsCommand({ MaxResults: 5, NextToken }));
        return { ids: (page.Vpcs ?? []).map(({ VpcId }) => VpcId), next: page.NextToken };
      });
      expectEach(all, made);
    });

    test('NAT gateways come in pages', async (aws) => {
      const { gateways, Filters } = await newGateways(aws);
      const all = await allPages(5, async (NextToken) => {
        const page = await aws.ec2.send(
          new DescribeNatGatewaysCommand({ MaxResults: 5, NextToken, Filter: Filters }),
        );
        return { ids: (page.NatGateways ?? []).map((one) => one.NatGatewayId), next: page.NextToken };
      });
      expectEach(
        all,
        gateways.map(({ NatGatewayId }) => defined(NatGatewayId)),
      );
    });

    test('network interfaces come in pages', async (aws) => {
      const { gateways, Filters } = await newGateways(aws);
      const all = await allPages(5, async (NextToken) => {
        const page = await aws.ec2.send(
          new DescribeNetworkInterfacesCommand({ MaxResults: 5, NextToken, Filters }),
        );
        const ids = (page.NetworkInterfaces ?? []).map((one) => one.NetworkInterfaceId);
        return { ids, next: page.NextToken };
      });
      expectEach(
        all,
        gateways.map((one) => defined(one.NatGatewayAddresses?.[0]?.NetworkInterfaceId)),
      );
    });

    test('prefix lists and their entries come in pages', async (aws) => {
      const lists = await allPages(1, async (NextToken) => {
        const page = await aws.ec2.send(new DescribeManagedPrefixListsCommand({ MaxResults: 1, NextToken }));
        return { ids: (page.PrefixLists ?? []).map((one) => one.PrefixListId), next: page.NextToken };
      });
      const name = 'com.amazonaws.global.cloudfront.origin-facing';
      const found = await aws.ec2.send(
        new DescribeManagedPrefixListsCommand({ Filters: [{ Name: 'prefix-list-name', Values: [name] }] }),
      );
      const PrefixListId = defined(found.PrefixLists?.[0]?.PrefixListId);
      expectEach(lists, [PrefixListId]);
      const { Entries = [] } = await aws.ec2.send(new GetManagedPrefixListEntriesCommand({ PrefixListId }));
      const entries = await allPages(3, async (NextToken) => {
        const page = await aws.ec2.send(
          new GetManagedPrefixListEntriesCommand({ PrefixListId, MaxResults: 3, NextToken }),
        );
        return { ids: (page.Entries ?? []).map(({ Cidr }) => Cidr), next: page.NextToken };
      });
      expectEach(
        entries,
        Entries.map(({ Cidr }) => defined(Cidr)),
      );
    });

    for (const MaxResults of [4, 1_001]) {
      test(`a page of ${MaxResults} VPCs is refused`, async (aws) => {
        const refused = await refusal(aws.ec2.send(new DescribeVpcsCommand({ MaxResults })));
        expect(refused).toMatchObject({ status: 400, code: 'InvalidParameterValue' });
        expect(refused.message).toContain(String(MaxResults));
      });
    }

    test('a token nobody gave is refused', async (aws) => {
      const read = aws.ec2.send(new DescribeVpcsCommand({ MaxResults: 5, NextToken: 'nonsense' }));
      expect(await refusal(read)).toMatchObject({ status: 400, code: 'InvalidParameterValue' });
    });
  });
};
