import { EC2Client } from '@aws-sdk/client-ec2';
import { onTestFinished } from 'vitest';
import { start } from './sandbox.ts';

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

/** A started sandbox, and what the helpers of the contract want of one. */
export async function startWithEc2(dir?: string) {
  const running = await start(dir);
  return { running, aws: { ec2: connectEc2(running.endpoint) } };
}
