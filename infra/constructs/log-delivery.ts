import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { PlatformStack } from './platform-stack.ts';
import { bucketName } from './private-bucket.ts';

/** WAF takes buckets that are called so, and no others. */
export const logsBucketName = (stack: PlatformStack): string => `aws-waf-logs-${bucketName(stack, 'access')}`;

/** Where the logs of CloudFront lie: not under AWSLogs/, as ip-blocklist is told of everything there. */
export const CLOUDFRONT_LOGS = 'cloudfront';

/**
 * Lets web ACL and CloudFront write their logs into a bucket. CloudFront and its web ACL do so from us-east-1, wherever
 * the bucket is; the web ACL of a load balancer from the region that both are in.
 * Said here, as whoever turns them on would otherwise change the bucket's policy behind CloudFormation's back.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-S3.html
 */
export function letLogsIn(stack: PlatformStack, bucket: Bucket, from = 'us-east-1'): void {
  const { partition, account } = stack;
  const ours = {
    StringEquals: { 'aws:SourceAccount': account },
    ArnLike: { 'aws:SourceArn': `arn:${partition}:logs:${from}:${account}:*` },
  };
  const principals = [new ServicePrincipal('delivery.logs.amazonaws.com')];
  bucket.addToResourcePolicy(
    new PolicyStatement({
      principals,
      actions: ['s3:GetBucketAcl', 's3:ListBucket'],
      resources: [bucket.bucketArn],
      conditions: ours,
    }),
  );
  bucket.addToResourcePolicy(
    new PolicyStatement({
      principals,
      actions: ['s3:PutObject'],
      resources: [`AWSLogs/${account}/*`, `${CLOUDFRONT_LOGS}/*`].map((keys) => bucket.arnForObjects(keys)),
      conditions: {
        ...ours,
        StringEquals: { ...ours.StringEquals, 's3:x-amz-acl': 'bucket-owner-full-control' },
      },
    }),
  );
}
