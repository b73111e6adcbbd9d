import {
  DeleteNetworkAclEntryCommand,
  DescribeNetworkAclsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
} from '@aws-sdk/client-ec2';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { Resources } from '../src/index.ts';
import { entriesOf } from './contract/network-acls.ts';
import { connectEc2 } from './ec2.ts';
import { start, stateDir } from './sandbox.ts';

const resources = Resources.parse({
  vpcs: [
    {
      cidr: '10.1.0.0/16',
      ipv6: true,
      subnets: [
        { name: 'public', cidr: '10.1.0.7/24' },
        { name: 'private', cidr: '10.1.1.0/24' },
      ],
      networkAcls: [{ name: 'front', subnets: ['public'], allow: true }, { name: 'closed' }],
      securityGroups: [{ name: 'web', description: 'Web servers' }],
    },
  ],
});

async function walls(endpoint: string) {
  const ec2 = connectEc2(endpoint);
  const { NetworkAcls = [] } = await ec2.send(new DescribeNetworkAclsCommand({}));
  return {
    ec2,
    acl: (name: string | undefined) => NetworkAcls.find(({ Tags = [] }) => Tags[0]?.Value === name),
    all: {
      acls: NetworkAcls,
      subnets: (await ec2.send(new DescribeSubnetsCommand({}))).Subnets,
      groups: (await ec2.send(new DescribeSecurityGroupsCommand({}))).SecurityGroups,
    },
  };
}

it('makes subnets, network ACLs and security groups of the file', async () => {
  const { endpoint } = await start(undefined, { resources });
  const { acl, all } = await walls(endpoint);
  const subnetOf = (name: string) => all.subnets?.find(({ Tags }) => Tags?.[0]?.Value === name)?.SubnetId;
  expect(acl('front')?.Associations).toMatchObject([{ SubnetId: subnetOf('public') }]);
  expect(acl(undefined)?.Associations).toMatchObject([{ SubnetId: subnetOf('private') }]);
  const final = [
    [32_767, 'deny', '0.0.0.0/0'],
    [32_768, 'deny', '::/0'],
  ];
  const everything = [[100, 'allow', '0.0.0.0/0'], [101, 'allow', '::/0'], ...final];
  for (const egress of [true, false]) {
    expect(entriesOf(acl('front') ?? {}, egress)).toEqual(everything);
    expect(entriesOf(acl('closed') ?? {}, egress)).toEqual(final);
  }
  expect(all.groups?.map(({ GroupName }) => GroupName).toSorted()).toEqual(['default', 'web']);
});

it('leaves at the next start what has been made of them', async () => {
  const dir = stateDir();
  const first = await start(dir, { resources });
  const made = await walls(first.endpoint);
  const { NetworkAclId } = made.acl('front') ?? {};
  await made.ec2.send(new DeleteNetworkAclEntryCommand({ NetworkAclId, RuleNumber: 100, Egress: false }));
  const { all } = await walls(first.endpoint);
  await first.stop();

  const second = await start(dir, { resources });
  expect((await walls(second.endpoint)).all).toEqual(all);
});

it('refuses a network ACL for a subnet that the VPC does not list', () => {
  const vpcs = [{ cidr: '10.1.0.0/16', networkAcls: [{ name: 'front', subnets: ['elsewhere'] }] }];
  expect(() => Resources.parse({ vpcs })).toThrow(/front.*elsewhere/);
});

it('has a public network ACL and a security group in the file of development', async () => {
  const file = new URL('../../dev/aws-resources.yaml', import.meta.url);
  const { vpcs } = Resources.parse(parse(readFileSync(file, 'utf8')));
  const { endpoint } = await start(undefined, { resources: Resources.parse({ vpcs }) });
  const { acl, all } = await walls(endpoint);
  expect(acl('groundwork-public')?.Associations).toHaveLength(1);
  expect(all.groups?.map(({ GroupName }) => GroupName)).toContain('groundwork-web');
});
