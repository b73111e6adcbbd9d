import { EC2Client } from '@aws-sdk/client-ec2';
import { onTestFinished } from 'vitest';

/** A client that never retries, so that every fault shows. */
export function connectEc2(endpoint: string, region = 'us-east-1'): EC2Client {
  const ec2 = new EC2Client({
    endpoint,
    region,
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  onTestFinished(() => ec2.destroy());
  return ec2;
}
