import { SubnetType } from 'aws-cdk-lib/aws-ec2';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge } from '../../constructs/acknowledge.ts';
import { BLOCKLIST_URL } from '../block-ec2/example.ts';
import { exampleServer } from '../example-server.ts';
import { exampleStack, exampleVpc } from '../example-stack.ts';
import { BlockNlb } from './index.ts';

const PORT = 8_080;

/** Two servers behind a public NLB; a NAT gateway, as they fetch packages and the list. */
export function example(stage: Construct): void {
  const stack = exampleStack(stage, 'block-nlb', 'NLB with a security group: network ACLs and nftables');
  const agentKey = new Secret(stack, 'agent-key', { description: 'Put an API key of ip-blocklist in here' });
  acknowledge(
    agentKey,
    'AwsSolutions-SMG4',
    'whoever makes keys puts in a new one; agents take it as they start',
  );
  new BlockNlb(stack, 'game', {
    vpc: exampleVpc(stack, { natGateways: 1 }),
    inside: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
    port: PORT,
    start: exampleServer(PORT),
    blocklistUrl: BLOCKLIST_URL,
    agentKey,
  });
}
