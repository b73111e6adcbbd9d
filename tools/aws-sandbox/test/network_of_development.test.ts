import { DescribeAddressesCommand, DescribeVpcsCommand } from '@aws-sdk/client-ec2';
import { expect, it } from 'vitest';
import { Resources } from '../src/index.ts';
import { applyResources } from '../src/resources.ts';
import { connectEc2 } from './ec2.ts';
import { start, stateDir } from './sandbox.ts';

const resources = Resources.parse({
  vpcs: [{ cidr: '10.1.2.3/16' }, { cidr: '10.2.0.0/16', ipv6: true }],
  elasticIps: [{ name: 'egress' }, { name: 'mail' }],
});

async function network(endpoint: string) {
  const ec2 = connectEc2(endpoint);
  return {
    vpcs: (await ec2.send(new DescribeVpcsCommand({}))).Vpcs,
    addresses: (await ec2.send(new DescribeAddressesCommand({}))).Addresses,
  };
}

it('makes the VPCs and Elastic IPs of the file, and the same ones are there after the next start', async () => {
  const dir = stateDir();
  const first = await start(dir, { resources });
  const made = await network(first.endpoint);
  expect(
    made.vpcs?.map((vpc) => [vpc.CidrBlock, vpc.Ipv6CidrBlockAssociationSet?.length]).toSorted(),
  ).toEqual([
    ['10.1.0.0/16', 0],
    ['10.2.0.0/16', 1],
  ]);
  expect(made.addresses?.map(({ Tags }) => Tags?.[0]?.Value).toSorted()).toEqual(['egress', 'mail']);
  await first.stop();

  const second = await start(dir, { resources });
  expect(await network(second.endpoint)).toEqual(made);
});

it('says which one is wrong', async () => {
  const wrong = Resources.parse({ vpcs: [{ cidr: '10.0.0.0/8' }] });
  const { endpoint } = await start();
  await expect(applyResources(endpoint, wrong)).rejects.toThrow(/CreateVpc.*10\.0\.0\.0\/8/s);
});
