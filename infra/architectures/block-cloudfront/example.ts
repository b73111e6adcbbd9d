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
import { CloudFrontFirewall } from './firewall.ts';
import { BlockCloudFront } from './index.ts';

const PORT = 8_080;

/** Two servers without any way out, behind a public ALB that answers CloudFront and nobody else. */
export function example(stage: Construct): void {
  const first = exampleStack(stage, 'block-cloudfront-waf', "CloudFront's web ACL, which is in us-east-1");
  const firewall = new CloudFrontFirewall(first, 'web', {
    requestsPerFiveMinutes: 2_000,
    logs: exampleWebAclLogs(first),
  });
  const stack = exampleStack(stage, 'block-cloudfront', 'CloudFront, a public ALB and EC2');
  new BlockCloudFront(stack, 'web', {
    vpc: exampleVpc(stack),
    inside: { subnetType: SubnetType.PRIVATE_ISOLATED },
    port: PORT,
    start: exampleServer(PORT),
    firewall,
    originName: 'origin.example.com',
    certificateArn: EXAMPLE_CERTIFICATE,
    secret: 2,
    logs: exampleLogs(stack),
  });
}
