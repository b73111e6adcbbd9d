import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge } from '../../constructs/acknowledge.ts';
import { exampleStack, exampleVpc } from '../example-stack.ts';
import { BlockEc2 } from './index.ts';

export const BLOCKLIST_URL = 'https://www.example.com/blocklist';

/** A web server with a public address, in a VPC without anything else. */
export function example(stage: Construct): void {
  const stack = exampleStack(stage, 'block-ec2', 'EC2 with a public address: network ACL and nftables');
  const agentKey = new Secret(stack, 'agent-key', { description: 'Put an API key of ip-blocklist in here' });
  acknowledge(
    agentKey,
    'AwsSolutions-SMG4',
    'whoever makes keys puts in a new one; agents take it as they start',
  );
  new BlockEc2(stack, 'web', {
    vpc: exampleVpc(stack),
    ports: [443],
    blocklistUrl: BLOCKLIST_URL,
    agentKey,
    alwaysAdmit: ['office=198.51.100.0/24'],
  });
}
