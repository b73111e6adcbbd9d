import { App } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { letLogsIn, logsBucketName } from '../constructs/log-delivery.ts';
import { PlatformStack } from '../constructs/platform-stack.ts';
import { privateBucket } from '../constructs/private-bucket.ts';
import { edgeOf } from './edge.ts';
import { parametersOf, templateOf } from './stage.ts';

describe.each(['us-east-1', 'eu-central-1'])('with services in %s', (region) => {
  const { stacks } = edgeOf({ region });
  const template = templateOf(stacks.edgeLogs);
  const one = (type: string) =>
    Object.values(template.findResources(type))[0]!['Properties'] as Record<string, unknown>;

  it('logs are turned on in us-east-1, where CloudFront has them turned on', () => {
    expect(stacks.edgeLogs.region).toBe('us-east-1');
  });

  it('the bucket is the one for logs, wherever that is, and whose name WAF asks for', () => {
    const name = logsBucketName(stacks.edgeLogs);
    expect(name).toMatch(/^aws-waf-logs-/);
    templateOf(stacks.events).hasResourceProperties('AWS::S3::Bucket', {
      BucketName: stacks.events.resolve(name),
    });
    const arn: unknown = stacks.edgeLogs.resolve(`arn:aws:s3:::${name}`);
    expect(one('AWS::WAFv2::LoggingConfiguration')['LogDestinationConfigs']).toEqual([arn]);
    expect(one('AWS::Logs::DeliveryDestination')['DestinationResourceArn']).toEqual(
      stacks.edgeLogs.resolve(`arn:aws:s3:::${name}/cloudfront`),
    );
  });

  it('what CloudFront delivers is told of the distribution', () => {
    const { LogType, ResourceArn, Name } = one('AWS::Logs::DeliverySource');
    expect(LogType).toBe('ACCESS_LOGS');
    expect(JSON.stringify(ResourceArn)).toContain(':distribution/');
    expect(one('AWS::Logs::Delivery')['DeliverySourceName']).toBe(Name);
  });

  it('nobody reads keys, cookies or signatures there', () => {
    expect(one('AWS::WAFv2::LoggingConfiguration')['RedactedFields']).toEqual(
      ['authorization', 'x-api-key', 'cookie'].map((Name) => ({ SingleHeader: { Name } })),
    );
    const fields = one('AWS::Logs::Delivery')['RecordFields'] as string[];
    for (const secret of ['cs(Cookie)', 'cs-uri-query', 'cs(Referer)']) expect(fields).not.toContain(secret);
  });
});

it('a bucket lets logs in from us-east-1 and of this account, and nothing else', () => {
  const stack = new PlatformStack(new App(), 'logs', {
    parameters: parametersOf('prod', { region: 'eu-central-1' }),
    description: '',
  });
  letLogsIn(stack, privateBucket(stack, 'logs', { bucketName: logsBucketName(stack) }));
  const [policy] = Object.values(templateOf(stack).findResources('AWS::S3::BucketPolicy'));
  const allowed = (
    policy!['Properties'].PolicyDocument.Statement as {
      Effect: string;
      Action: unknown;
      Condition: Record<string, Record<string, unknown>>;
    }[]
  ).filter(({ Effect }) => Effect === 'Allow');
  expect(allowed.map(({ Action }) => Action)).toEqual([['s3:GetBucketAcl', 's3:ListBucket'], 's3:PutObject']);
  for (const { Condition } of allowed) {
    expect(JSON.stringify(Condition['ArnLike'])).toContain(':logs:us-east-1:');
    expect(Condition['StringEquals']!['aws:SourceAccount']).toEqual({ Ref: 'AWS::AccountId' });
  }
});
