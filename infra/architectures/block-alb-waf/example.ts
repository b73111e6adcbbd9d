import { SubnetType } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { exampleServer } from '../example-server.ts';
import {
  EXAMPLE_CERTIFICATE,
  exampleLogs,
  exampleStack,
  exampleVpc,
  exampleWebAclLogs,
} from '../example-stack.ts';
import { BlockAlbWaf } from './index.ts';

const PORT = 8_080;

/** Two servers without any way out, behind a public ALB with a web ACL of its own. */
export function example(stage: Construct): void {
  const stack = exampleStack(stage, 'block-alb-waf', 'ALB with a web ACL that ip-blocklist fills');
  new BlockAlbWaf(stack, 'web', {
    vpc: exampleVpc(stack),
    inside: { subnetType: SubnetType.PRIVATE_ISOLATED },
    port: PORT,
    start: exampleServer(PORT),
    certificateArn: EXAMPLE_CERTIFICATE,
    requestsPerFiveMinutes: 2_000,
    logs: exampleLogs(stack),
    webAclLogs: exampleWebAclLogs(stack),
  });
}
