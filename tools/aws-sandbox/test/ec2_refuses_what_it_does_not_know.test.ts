import {
  CreateVpcCommand,
  DescribeKeyPairsCommand,
  DescribeVpcsCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import { ListTopicsCommand } from '@aws-sdk/client-sns';
import { describe, expect, it } from 'vitest';
import { refusal } from './contract/helpers.ts';
import { connectEc2 } from './ec2.ts';
import { start } from './sandbox.ts';

describe('EC2', () => {
  it.each([
    ['an action', 'DescribeKeyPairs', (ec2: EC2Client) => ec2.send(new DescribeKeyPairsCommand({}))],
    [
      'a parameter',
      'InstanceTenancy',
      (ec2: EC2Client) =>
        ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16', InstanceTenancy: 'dedicated' })),
    ],
    [
      'a filter',
      'dhcp-options-id',
      (ec2: EC2Client) =>
        ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: 'dhcp-options-id', Values: ['x'] }] })),
    ],
  ])('says that the sandbox does not have %s, and names it', async (_what, name, call) => {
    const { endpoint } = await start();
    const ec2 = connectEc2(endpoint);
    const refused = await refusal(call(ec2));
    expect(refused).toMatchObject({ code: 'NotImplemented', status: 501 });
    expect(refused.message).toContain(name);
    expect((await ec2.send(new DescribeVpcsCommand({}))).Vpcs).toEqual([]);
  });

  it('is told from SNS, which sends forms too', async () => {
    const { endpoint, sns } = await start();
    await connectEc2(endpoint).send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
    expect((await sns.send(new ListTopicsCommand({}))).Topics).toEqual([]);
  });

  it('is throttled and fails with its own errors, and without effect', async () => {
    const { endpoint, faults } = await start();
    const ec2 = connectEc2(endpoint);
    const create = () => refusal(ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' })));
    faults.add({ kind: 'throttle', operation: 'ec2:CreateVpc', times: 1 });
    expect(await create()).toMatchObject({ code: 'RequestLimitExceeded', status: 503 });
    faults.add({ kind: 'error', operation: 'ec2:*', times: 1 });
    expect(await create()).toMatchObject({ code: 'InternalError', status: 500 });
    expect((await ec2.send(new DescribeVpcsCommand({}))).Vpcs).toEqual([]);
  });

  it('keeps what is of one region from the others', async () => {
    const { endpoint } = await start();
    await connectEc2(endpoint, 'eu-central-1').send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
    expect((await connectEc2(endpoint).send(new DescribeVpcsCommand({}))).Vpcs).toEqual([]);
  });
});
