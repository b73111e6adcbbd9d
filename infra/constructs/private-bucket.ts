import { Aws, Duration } from 'aws-cdk-lib';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  ObjectOwnership,
  type BucketProps,
  type IBucket,
} from 'aws-cdk-lib/aws-s3';
import { removal } from './keeping.ts';
import type { PlatformStack } from './platform-stack.ts';

/** Of the account, as bucket names are everybody's. */
export const bucketName = (stack: PlatformStack, what: string): string =>
  `${stack.name(what)}-${Aws.ACCOUNT_ID}`;

/** A bucket that nobody outside can read, encrypted, spoken to by TLS only. */
export function privateBucket(
  stack: PlatformStack,
  id: string,
  { accessLogs, ...props }: BucketProps & { accessLogs?: IBucket },
): Bucket {
  return new Bucket(stack, id, {
    bucketName: bucketName(stack, id),
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    removalPolicy: removal(stack.parameters),
    autoDeleteObjects: !stack.parameters.keepsData,
    // What a client has begun and never finished costs as much as what it finished.
    lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(7) }],
    ...(accessLogs && { serverAccessLogsBucket: accessLogs, serverAccessLogsPrefix: `s3/${id}/` }),
    ...props,
  });
}
