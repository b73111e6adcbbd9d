import type { IDistribution } from 'aws-cdk-lib/aws-cloudfront';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { PlatformStack } from './platform-stack.ts';
import type { WorkQueue } from './work-queue.ts';

/** What each README says its service calls, and on what: nothing is granted that it does not call. */
export function permissions(stack: PlatformStack) {
  const statement = (actions: string[], resources: string[]) => new PolicyStatement({ actions, resources });
  const arn = (service: string, region: string, resource: string) =>
    `arn:${stack.partition}:${service}:${region}:${stack.account}:${resource}`;
  return {
    work: (...queues: WorkQueue[]): PolicyStatement[] => [
      statement(
        ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes'],
        queues.map(({ queue }) => queue.queueArn),
      ),
      // What can never succeed goes there at once, with its reason.
      statement(
        ['sqs:SendMessage', 'sqs:GetQueueUrl', 'sqs:GetQueueAttributes'],
        queues.map(({ deadLetters }) => deadLetters.queueArn),
      ),
    ],
    send: ({ queue }: WorkQueue) => statement(['sqs:SendMessage'], [queue.queueArn]),
    redrive: (...queues: WorkQueue[]) =>
      statement(
        [
          'sqs:StartMessageMoveTask',
          'sqs:ListMessageMoveTasks',
          'sqs:ReceiveMessage',
          'sqs:DeleteMessage',
          'sqs:ChangeMessageVisibility',
          'sqs:SendMessage',
        ],
        queues.flatMap(({ queue, deadLetters }) => [deadLetters.queueArn, queue.queueArn]),
      ),
    publish: (topic: ITopic) => statement(['sns:Publish'], [topic.topicArn]),
    read: (bucket: IBucket) =>
      statement(['s3:GetObject', 's3:ListBucket'], [bucket.bucketArn, bucket.arnForObjects('*')]),
    convert: (uploads: IBucket, thumbnails: IBucket): PolicyStatement[] => [
      // Without ListBucket S3 answers 403 for what is not there, and no delete is understood.
      statement(
        ['s3:GetObject', 's3:ListBucket'],
        [uploads, thumbnails].flatMap((one) => [one.bucketArn, one.arnForObjects('*')]),
      ),
      // For upload links.
      statement(['s3:PutObject'], [uploads.arnForObjects('*')]),
      statement(['s3:PutObject', 's3:DeleteObject'], [thumbnails.arnForObjects('*')]),
    ],
    /** Not to be scaled in while it works. */
    protectItself: (clusterName: string) =>
      statement(
        ['ecs:GetTaskProtection', 'ecs:UpdateTaskProtection'],
        [arn('ecs', stack.region, `task/${clusterName}/*`)],
      ),
    purge: (distribution: IDistribution) =>
      statement(
        ['cloudfront:CreateInvalidation', 'cloudfront:GetInvalidation'],
        [arn('cloudfront', '', `distribution/${distribution.distributionId}`)],
      ),
    enforce: ({
      ruleGroupName,
      distribution,
    }: {
      ruleGroupName: string;
      distribution: IDistribution;
    }): PolicyStatement[] => [
      statement(
        [
          'wafv2:GetIPSet',
          'wafv2:CreateIPSet',
          'wafv2:UpdateIPSet',
          'wafv2:GetRuleGroup',
          'wafv2:UpdateRuleGroup',
          'wafv2:GetWebACL',
        ],
        [
          arn('wafv2', 'us-east-1', `global/ipset/${ruleGroupName}-*/*`),
          arn('wafv2', 'us-east-1', `global/rulegroup/${ruleGroupName}/*`),
          arn('wafv2', 'us-east-1', `global/webacl/${stack.name('edge')}/*`),
        ],
      ),
      statement(
        ['wafv2:ListIPSets', 'wafv2:ListRuleGroups', 'wafv2:ListWebACLs', 'cloudfront:ListDistributions'],
        ['*'],
      ),
      statement(
        ['cloudfront:GetDistributionConfig', 'cloudfront:UpdateDistribution'],
        [arn('cloudfront', '', `distribution/${distribution.distributionId}`)],
      ),
    ],
    /** What is one's own, so that no block covers it. */
    discover: () =>
      statement(
        [
          'ec2:DescribeVpcs',
          'ec2:DescribeAddresses',
          'ec2:DescribeNatGateways',
          'ec2:DescribeNetworkInterfaces',
          'ec2:DescribeManagedPrefixLists',
          'ec2:GetManagedPrefixListEntries',
        ],
        ['*'],
      ),
  };
}
