import {
  GetBucketWebsiteCommand,
  GetObjectLegalHoldCommand,
  PutBucketReplicationCommand,
  PutBucketWebsiteCommand,
  PutObjectLegalHoldCommand,
} from '@aws-sdk/client-s3';
import { describe, expect } from 'vitest';
import type { Suite } from './contract.ts';
import { refusal } from './helpers.ts';
import { newBucket } from './s3.ts';

/** How the sandbox says what it cannot do; AWS and the emulators can do these. */
export const describeErrors: Suite = ({ target, test }) => {
  if (target !== 'sandbox') return;

  describe('What the sandbox does not have', () => {
    test('an operation the sandbox does not have is 501 and named', async (aws) => {
      const Bucket = (await newBucket(aws)).name;
      const WebsiteConfiguration = { IndexDocument: { Suffix: 'index.html' } };
      const put = aws.s3.send(new PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration }));
      const refused = await refusal(put);
      expect(refused).toMatchObject({ code: 'NotImplemented', status: 501 });
      expect(refused.message).toContain('PutBucketWebsite');
    });

    test('reading what the sandbox does not have is 501 and named too', async (aws) => {
      const Bucket = (await newBucket(aws)).name;
      const refused = await refusal(aws.s3.send(new GetBucketWebsiteCommand({ Bucket })));
      expect(refused).toMatchObject({ code: 'NotImplemented', status: 501 });
      expect(refused.message).toContain('GetBucketWebsite');
    });

    test('another operation the sandbox does not have is named by its own name', async (aws) => {
      const Bucket = (await newBucket(aws)).name;
      const ReplicationConfiguration = { Role: 'arn:aws:iam::123456789012:role/x', Rules: [] };
      const put = aws.s3.send(new PutBucketReplicationCommand({ Bucket, ReplicationConfiguration }));
      const refused = await refusal(put);
      expect(refused).toMatchObject({ code: 'NotImplemented', status: 501 });
      expect(refused.message).toContain('PutBucketReplication');
    });

    test('an unknown subresource is never taken for the object itself', async (aws) => {
      const bucket = await newBucket(aws);
      await bucket.put('key', 'petals');
      const at = { Bucket: bucket.name, Key: 'key' };
      const put = aws.s3.send(new PutObjectLegalHoldCommand({ ...at, LegalHold: { Status: 'ON' } }));
      expect(await refusal(put)).toMatchObject({ code: 'NotImplemented', status: 501 });
      const get = aws.s3.send(new GetObjectLegalHoldCommand(at));
      expect(await refusal(get)).toMatchObject({ code: 'NotImplemented', status: 501 });
      expect(await bucket.text('key')).toBe('petals');
    });
  });
};
