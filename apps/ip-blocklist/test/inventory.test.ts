import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AllocateAddressCommand,
  AssociateVpcCidrBlockCommand,
  CreateNatGatewayCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { startSandbox } from '@groundwork/aws-sandbox';
import { format } from '@groundwork/ip-ranges';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createEc2Inventory } from '../src/adapters/ec2/ec2-inventory.ts';

const REGION = 'eu-central-1';

/** An account with the calls that put something into it. */
async function startAccount() {
  const stateDir = mkdtempSync(join(tmpdir(), 'inventory-'));
  const sandbox = await startSandbox({ host: '127.0.0.1', port: 0, stateDir });
  const { endpoint, faults } = sandbox;
  const credentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };
  const ec2 = new EC2Client({ endpoint, region: REGION, credentials, maxAttempts: 1 });
  onTestFinished(async () => {
    ec2.destroy();
    await sandbox.close();
    rmSync(stateDir, { recursive: true });
  });
  return {
    ec2,
    faults,
    async read(options?: { pageSize: number }): Promise<Map<string, string>> {
      const ranges = await createEc2Inventory(ec2, options).read();
      const named = new Map(ranges.map(({ name, range }) => [format(range), name]));
      expect(named.size).toBe(ranges.length);
      return named;
    },
    async vpc(CidrBlock: string, AmazonProvidedIpv6CidrBlock = false) {
      const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock, AmazonProvidedIpv6CidrBlock }));
      return { id: Vpc?.VpcId ?? '', ipv6: Vpc?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock ?? '' };
    },
    async subnet(VpcId: string, CidrBlock: string): Promise<string> {
      const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock }));
      return Subnet?.SubnetId ?? '';
    },
    async elasticIp() {
      const { AllocationId = '', PublicIp = '' } = await ec2.send(
        new AllocateAddressCommand({ Domain: 'vpc' }),
      );
      return { id: AllocationId, ip: PublicIp };
    },
    async natGateway(SubnetId: string, AllocationId: string): Promise<string> {
      const { NatGateway } = await ec2.send(new CreateNatGatewayCommand({ SubnetId, AllocationId }));
      return NatGateway?.NatGatewayId ?? '';
    },
    async loadBalancer(name: string, subnets: string[], type = 'application'): Promise<void> {
      const answer = await fetch(`${endpoint}/_sandbox/load-balancers`, {
        method: 'POST',
        body: JSON.stringify({ region: REGION, name, type, subnets }),
      });
      expect(answer.status).toBe(201);
    },
  };
}

describe('the inventory of an account', () => {
  it('has every CIDR of every VPC, of both families', async () => {
    const account = await startAccount();
    const one = await account.vpc('10.1.0.0/16', true);
    const other = await account.vpc('10.2.0.0/16');
    await account.ec2.send(new AssociateVpcCidrBlockCommand({ VpcId: other.id, CidrBlock: '100.64.0.0/20' }));
    const found = await account.read();
    expect(found.get('10.1.0.0/16')).toBe(`VPC ${one.id} (10.1.0.0/16)`);
    expect(found.get(one.ipv6)).toBe(`VPC ${one.id} (${one.ipv6})`);
    expect(found.get('10.2.0.0/16')).toBe(`VPC ${other.id} (10.2.0.0/16)`);
    expect(found.get('100.64.0.0/20')).toBe(`VPC ${other.id} (100.64.0.0/20)`);
  });

  it('has Elastic IPs, under the name of the NAT gateway that uses one', async () => {
    const account = await startAccount();
    const subnet = await account.subnet((await account.vpc('10.1.0.0/16')).id, '10.1.0.0/24');
    const [free, used] = [await account.elasticIp(), await account.elasticIp()];
    const gateway = await account.natGateway(subnet, used.id);
    // This one comes to nothing: it must not take the address over.
    await account.natGateway(subnet, used.id);
    const found = await account.read();
    expect(found.get(free.ip)).toBe(`Elastic IP ${free.ip} (${free.id})`);
    expect(found.get(used.ip)).toBe(`NAT gateway ${gateway} (${used.ip})`);
  });

  it('has the public addresses of load balancers', async () => {
    const account = await startAccount();
    const { id } = await account.vpc('10.1.0.0/16');
    const subnets = [await account.subnet(id, '10.1.1.0/24'), await account.subnet(id, '10.1.2.0/24')];
    await account.loadBalancer('web', subnets);
    await account.loadBalancer('games', subnets, 'network');
    const names = [...(await account.read()).values()];
    expect(
      names.filter((name) => /^load balancer app\/web\/\w+ \(198\.19\.\d+\.\d+\)$/.test(name)),
    ).toHaveLength(2);
    expect(
      names.filter((name) => /^load balancer net\/games\/\w+ \(198\.19\.\d+\.\d+\)$/.test(name)),
    ).toHaveLength(2);
  });

  it('has whose calls come from AWS: CloudFront and health checks, of both families', async () => {
    const account = await startAccount();
    const found = await account.read();
    const ofCaller = (caller: string) =>
      [...found].filter(([, name]) => name.startsWith(`${caller} (pl-`)).map(([range]) => range);
    for (const caller of ['CloudFront origin-facing', 'Route 53 health checks']) {
      expect(ofCaller(caller).some((range) => range.includes('.'))).toBe(true);
      expect(ofCaller(caller).some((range) => range.includes(':'))).toBe(true);
    }
  });

  it('is read to the last page', async () => {
    const account = await startAccount();
    const vpcs: string[] = [];
    for (let i = 0; i < 11; i += 1) vpcs.push((await account.vpc(`10.${i}.0.0/16`)).id);
    const subnet = await account.subnet(vpcs[0] ?? '', '10.0.0.0/24');
    const gateways: string[] = [];
    for (let i = 0; i < 7; i += 1) {
      const { id, ip } = await account.elasticIp();
      gateways.push(`NAT gateway ${await account.natGateway(subnet, id)} (${ip})`);
    }
    for (let i = 0; i < 7; i += 1) await account.loadBalancer(`lb-${i}`, [subnet]);
    const paged = await account.read({ pageSize: 5 });
    const names = [...paged.values()];
    expect(names).toEqual(expect.arrayContaining(vpcs.map((id, i) => `VPC ${id} (10.${i}.0.0/16)`)));
    expect(names).toEqual(expect.arrayContaining(gateways));
    expect(names.filter((name) => name.startsWith('load balancer '))).toHaveLength(7);
    expect(paged).toEqual(await account.read());
  });

  it.each([
    ['DescribeVpcs', 'VPCs'],
    ['DescribeAddresses', 'Elastic IPs'],
    ['DescribeNatGateways', 'NAT gateways'],
    ['DescribeNetworkInterfaces', 'network interfaces'],
    ['DescribeManagedPrefixLists', 'prefix lists of AWS'],
    ['GetManagedPrefixListEntries', 'prefix lists of AWS'],
  ])('is not given at all when %s fails', async (operation, part) => {
    const account = await startAccount();
    await account.vpc('10.1.0.0/16');
    account.faults.add({ kind: 'error', operation: `ec2:${operation}`, times: 1 });
    await expect(account.read()).rejects.toThrow(`The ${part} of the account cannot be read: InternalError`);
    expect((await account.read()).has('10.1.0.0/16')).toBe(true);
  });

  it('is not waited for any longer than asked', async () => {
    const account = await startAccount();
    account.faults.add({ kind: 'latency', operation: 'ec2:DescribeVpcs', latencyMs: 20_000 });
    const began = performance.now();
    const inventory = createEc2Inventory(account.ec2);
    await expect(inventory.read(AbortSignal.timeout(100))).rejects.toThrow('VPCs');
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});
