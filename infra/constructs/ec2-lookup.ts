import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { removal, retention } from './keeping.ts';
import { PlatformStack } from './platform-stack.ts';

/** The addresses that CloudFront calls origins from. It counts as 55 of the 60 rules that a group has room for. */
const CLOUDFRONT_ADDRESSES = 'com.amazonaws.global.cloudfront.origin-facing';

/** What EC2 says while it is deployed: it is not known to whoever synthesises. */
export function ec2Lookup(
  scope: Construct,
  id: string,
  action: 'describeSecurityGroups' | 'describeManagedPrefixLists',
  parameters: unknown,
): AwsCustomResource {
  const stack = PlatformStack.of(scope);
  const call = { service: 'EC2', action, parameters, physicalResourceId: PhysicalResourceId.of(id) };
  const lookup = new AwsCustomResource(scope, id, {
    logGroup: new LogGroup(scope, `${id}-logs`, {
      retention: retention(stack.parameters),
      removalPolicy: removal(stack.parameters),
    }),
    onCreate: call,
    onUpdate: call,
    policy: AwsCustomResourcePolicy.fromSdkCalls({ resources: AwsCustomResourcePolicy.ANY_RESOURCE }),
  });
  acknowledge(lookup, 'AwsSolutions-IAM5[Resource::*]', 'EC2 knows no permission to describe some');
  return lookup;
}

/** The id of the prefix list of CloudFront's addresses, which differs by region. */
export const cloudFrontAddresses = (scope: Construct): string =>
  ec2Lookup(scope, 'cloudfront-addresses', 'describeManagedPrefixLists', {
    Filters: [{ Name: 'prefix-list-name', Values: [CLOUDFRONT_ADDRESSES] }],
  }).getResponseField('PrefixLists.0.PrefixListId');
