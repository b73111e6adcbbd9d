import { CreateSubnetCommand, CreateVpcCommand, DescribeNetworkInterfacesCommand } from '@aws-sdk/client-ec2';
import { expect, it } from 'vitest';
import { connectEc2 } from './ec2.ts';
import { start } from './sandbox.ts';

async function newSubnets(endpoint: string): Promise<string[]> {
  const ec2 = connectEc2(endpoint);
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
  const ids: string[] = [];
  for (const [zone, CidrBlock] of [
    ['us-east-1a', '10.0.1.0/24'],
    ['us-east-1b', '10.0.2.0/24'],
  ] as const) {
    const { Subnet } = await ec2.send(
      new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock, AvailabilityZone: zone }),
    );
    ids.push(Subnet?.SubnetId ?? '');
  }
  return ids;
}

const place = (endpoint: string, body: unknown) =>
  fetch(`${endpoint}/_sandbox/load-balancers`, { method: 'POST', body: JSON.stringify(body) });

const interfaces = async (endpoint: string) =>
  (await connectEc2(endpoint).send(new DescribeNetworkInterfacesCommand({}))).NetworkInterfaces ?? [];

it('a load balancer has an interface with a public address in each subnet, also after a restart', async () => {
  const first = await start();
  const subnets = await newSubnets(first.endpoint);
  const answer = await place(first.endpoint, { region: 'us-east-1', name: 'web', subnets });
  expect(answer.status).toBe(201);
  const { description } = (await answer.json()) as { description: string };
  expect(description).toMatch(/^ELB app\/web\/[0-9a-f]{16}$/);
  await first.stop();

  const { endpoint } = await start(first.dir);
  const found = await interfaces(endpoint);
  expect(new Set(found.map(({ SubnetId }) => SubnetId))).toEqual(new Set(subnets));
  expect(new Set(found.map(({ Association }) => Association?.PublicIp)).size).toBe(2);
  for (const one of found) {
    expect(one).toMatchObject({
      Description: description,
      InterfaceType: 'interface',
      RequesterManaged: true,
      RequesterId: 'amazon-elb',
      Association: { IpOwnerId: 'amazon-elb' },
    });
  }
});

it('one of the network type is told by the type of its interfaces', async () => {
  const { endpoint } = await start();
  const subnets = await newSubnets(endpoint);
  await place(endpoint, { region: 'us-east-1', name: 'games', type: 'network', subnets });
  for (const one of await interfaces(endpoint)) {
    expect(one.InterfaceType).toBe('network_load_balancer');
    expect(one.Description).toMatch(/^ELB net\/games\//);
  }
});

it('one in a subnet that is not there is refused, and none of it is made', async () => {
  const { endpoint } = await start();
  const [subnet] = await newSubnets(endpoint);
  const answer = await place(endpoint, { region: 'us-east-1', name: 'web', subnets: [subnet, 'subnet-0'] });
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('subnet-0')]);
  expect(await interfaces(endpoint)).toEqual([]);
  const wrong = await place(endpoint, { region: 'us-east-1', name: 'a b', subnets: [], kind: 'app' });
  expect(((await wrong.json()) as { issues: string[] }).issues).toHaveLength(3);
});
