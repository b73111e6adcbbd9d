import type { S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { startBucket, type Bucket } from './bucket.ts';
import { startGate, type Gate } from './s3-gate.ts';
import { stagingWorld, type StagingWorld } from './staging-world.ts';

/** For the tests of one file: a bucket, a gate before it, and a world of its own for each test. */
export function useStagingWorld() {
  const the = {} as { bucket: Bucket; gate: Gate; world: StagingWorld };
  let s3: S3Client;
  beforeAll(async () => {
    the.bucket = await startBucket();
    the.gate = await startGate(the.bucket.endpoint);
    s3 = the.bucket.clientOf(the.gate.endpoint);
  });
  afterAll(async () => {
    s3.destroy();
    await the.gate.close();
    await the.bucket.close();
  });
  beforeEach(async () => {
    the.world = await stagingWorld(the.bucket, the.gate, s3);
  });
  afterEach(async () => {
    the.gate.open();
    the.gate.taken();
    await the.world.close();
  });
  return the;
}
