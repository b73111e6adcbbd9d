import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { acknowledge } from './acknowledge.ts';

/** Lets a role read and write what is below a prefix, in parts as well. */
export function letUse(role: Role, bucket: Bucket, below = ''): void {
  role.addToPolicy(
    new PolicyStatement({
      actions: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
      resources: [bucket.bucketArn],
    }),
  );
  role.addToPolicy(
    new PolicyStatement({
      actions: [
        's3:GetObject',
        's3:PutObject',
        's3:DeleteObject',
        's3:AbortMultipartUpload',
        's3:ListMultipartUploadParts',
      ],
      resources: [bucket.arnForObjects(`${below}*`)],
    }),
  );
  const stack = Stack.of(bucket);
  const id: unknown = stack.resolve(stack.getLogicalId(bucket.node.defaultChild as CfnBucket));
  acknowledge(
    role,
    `AwsSolutions-IAM5[Resource::<${String(id)}.Arn>/${below}*]`,
    'what its objects are called is for jobs to say',
  );
}
