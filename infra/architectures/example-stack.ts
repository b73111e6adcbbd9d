import { Aws, Duration } from 'aws-cdk-lib';
import { IpAddresses, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledge } from '../constructs/acknowledge.ts';
import { PlatformStack } from '../constructs/platform-stack.ts';
import { letLogsIn } from '../constructs/log-delivery.ts';
import { privateBucket } from '../constructs/private-bucket.ts';
import { stages, type Parameters } from '../parameters.ts';

/** Examples are small and keep nothing, as dev; `npx cdk --app 'node bin/examples.ts' deploy example/<name>`. */
export const EXAMPLE: Parameters = { ...stages['dev']!, stage: 'example' };

/** Of the load balancer's name, in its region. */
export const EXAMPLE_CERTIFICATE =
  'arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012';

export const exampleStack = (stage: Construct, id: string, description: string): PlatformStack =>
  new PlatformStack(stage, id, { parameters: EXAMPLE, description });

/** Two zones. Without a way out for what is private, unless it is asked for: a NAT gateway is $36.50 a month. */
export function exampleVpc(stack: PlatformStack, { natGateways = 0 } = {}): Vpc {
  const vpc = new Vpc(stack, 'vpc', {
    ipAddresses: IpAddresses.cidr('10.30.0.0/16'),
    maxAzs: 2,
    natGateways,
    restrictDefaultSecurityGroup: true,
    subnetConfiguration: [
      // Nothing gets a public address by being put there.
      { name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
      {
        name: 'inside',
        subnetType: natGateways > 0 ? SubnetType.PRIVATE_WITH_EGRESS : SubnetType.PRIVATE_ISOLATED,
        cidrMask: 20,
      },
    ],
  });
  acknowledge(vpc, 'AwsSolutions-VPC7', 'an example: flow logs are those of the network that it is put into');
  return vpc;
}

/** Where load balancers and distributions write who came. */
export function exampleLogs(stack: PlatformStack): Bucket {
  const bucket = privateBucket(stack, `${stack.node.id}-logs`, {});
  acknowledge(bucket, 'AwsSolutions-S1', 'it is the one that logs are kept in');
  return bucket;
}

/** Where a web ACL of the stack's region writes what it made of requests. */
export function exampleWebAclLogs(stack: PlatformStack): Bucket {
  const bucket = privateBucket(stack, `${stack.node.id}-decisions`, {
    // WAF takes no other names, and S3 none of more than 63 characters.
    bucketName: `aws-waf-logs-groundwork-${stack.node.id}-${Aws.ACCOUNT_ID}`,
    lifecycleRules: [{ expiration: Duration.days(stack.parameters.logRetentionDays) }],
  });
  acknowledge(bucket, 'AwsSolutions-S1', 'it is the one that logs are kept in');
  letLogsIn(stack, bucket, stack.region);
  return bucket;
}
