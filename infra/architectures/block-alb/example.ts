import { SubnetType } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { exampleServer } from '../example-server.ts';
import { EXAMPLE_CERTIFICATE, exampleLogs, exampleStack, exampleVpc } from '../example-stack.ts';
import { BlockAlb } from './index.ts';

const PORT = 8_080;

/** Two servers without any way out, behind a public ALB. */
export function example(stage: Construct): void {
  const stack = exampleStack(stage, 'block-alb', 'ALB: the network ACL of its subnets');
  new BlockAlb(stack, 'web', {
    vpc: exampleVpc(stack),
    inside: { subnetType: SubnetType.PRIVATE_ISOLATED },
    port: PORT,
    start: exampleServer(PORT),
    certificateArn: EXAMPLE_CERTIFICATE,
    logs: exampleLogs(stack),
  });
}
