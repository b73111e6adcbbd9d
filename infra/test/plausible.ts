import type { Json, Model, Resource } from '../model.ts';

const ACCOUNT = '123456789012';

/** What CloudFormation would make of a value, with names such as AWS gives. */
export function plausible(model: Model, from: Resource, value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[kind, argument]] = Object.entries(value) as [[string, unknown]];
  switch (kind) {
    case 'Fn::Join': {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map((part) => plausible(model, from, part)).join(separator);
    }
    case 'Fn::Select': {
      const [index, { 'Fn::Split': split }] = argument as [number, { 'Fn::Split': [string, unknown] }];
      return plausible(model, from, split[1]).split(split[0])[index] ?? '';
    }
    case 'Ref':
    case 'Fn::GetAtt':
    case 'Fn::GetStackOutput': {
      const pseudo = {
        'AWS::AccountId': ACCOUNT,
        'AWS::Partition': 'aws',
        'AWS::URLSuffix': 'amazonaws.com',
        'AWS::Region': 'us-east-1',
      };
      if (typeof argument === 'string' && argument in pseudo) return pseudo[argument as keyof typeof pseudo];
      const [found] = model.within(from, value as Json);
      if (found === undefined) throw new Error(`${from.path}: ${JSON.stringify(value)} refers to nothing`);
      return valueOf(model, found);
    }
    default:
      throw new Error(`${from.path}: what is ${JSON.stringify(value)}?`);
  }
}

function valueOf(model: Model, resource: Resource): string {
  const named = (property: string): string =>
    plausible(model, resource, resource.properties[property] ?? resource.id);
  switch (resource.type) {
    case 'AWS::SQS::Queue':
      return `https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/${named('QueueName')}`;
    case 'AWS::SNS::Topic':
      return `arn:aws:sns:us-east-1:${ACCOUNT}:${named('TopicName')}`;
    case 'AWS::S3::Bucket':
      return named('BucketName');
    case 'AWS::CloudFront::Distribution':
      return 'E2ABCDEF123456';
    case 'AWS::ElastiCache::ServerlessCache':
      return `${named('ServerlessCacheName')}-abc123.serverless.use1.cache.amazonaws.com:6379`.split(':')[0]!;
    case 'AWS::ElastiCache::CacheCluster':
      return `${named('ClusterName')}.abc123.cfg.use1.cache.amazonaws.com`;
    case 'AWS::Batch::JobQueue':
      return `arn:aws:batch:us-east-1:${ACCOUNT}:job-queue/${named('JobQueueName')}`;
    case 'AWS::IAM::Role':
      return `arn:aws:iam::${ACCOUNT}:role/${named('RoleName')}`;
    case 'AWS::SSM::Parameter':
      return named('Value');
    case 'AWS::DataSync::Task':
      return `arn:aws:datasync:us-east-1:${ACCOUNT}:task/task-0123456789abcdef0`;
    default:
      throw new Error(`what does CloudFormation make of ${resource.type}?`);
  }
}
