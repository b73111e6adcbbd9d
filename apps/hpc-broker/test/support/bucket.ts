import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { Resources, startSandbox } from '@groundwork/aws-sandbox';
import { createAwsClient } from '@groundwork/service';

const BUCKET = 'data';

/** S3 with one bucket, `data`. */
export async function startBucket() {
  process.env['AWS_ACCESS_KEY_ID'] = 'sandbox';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'sandbox';
  const stateDir = await mkdtemp(join(tmpdir(), 'gw-bucket-'));
  const resources = Resources.parse({ buckets: [{ name: BUCKET }] });
  // Parts of a few KiB do for what is tested here.
  const sandbox = await startSandbox({ host: '127.0.0.1', port: 0, stateDir, resources, minPartBytes: 1 });
  const clientOf = (endpoint: string): S3Client =>
    createAwsClient(S3Client, { endpoint, region: 'us-east-1', maxAttempts: 1 });
  const s3 = clientOf(sandbox.endpoint);
  return {
    ...sandbox,
    s3,
    clientOf,
    put: async (key: string, body: string | Buffer, options: Partial<PutObjectCommandInput> = {}) => {
      await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body, ...options }));
    },
    async read(key: string): Promise<Buffer> {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
      return Buffer.from(await Body!.transformToByteArray());
    },
    /** The CRC-32 that was stored with it. */
    async checksumOf(key: string): Promise<string | undefined> {
      const asked = new HeadObjectCommand({ Bucket: BUCKET, Key: key, ChecksumMode: 'ENABLED' });
      return (await s3.send(asked)).ChecksumCRC32;
    },
    /** From now on what is replaced can still be had by its version. */
    async keepVersions(): Promise<void> {
      const VersioningConfiguration = { Status: 'Enabled' } as const;
      await s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration }));
    },
    async remove(key: string): Promise<void> {
      await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: key }));
    },
    /** As clients did before 2025: without a checksum. */
    async putWithoutChecksum(key: string, body: string | Buffer): Promise<void> {
      const old = new S3Client({
        endpoint: sandbox.endpoint,
        region: 'us-east-1',
        forcePathStyle: true,
        requestChecksumCalculation: 'WHEN_REQUIRED',
      });
      await old.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body }));
      old.destroy();
    },
    async keys(prefix: string): Promise<string[]> {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefix }));
      return Contents.map(({ Key = '' }) => Key);
    },
    /** Ids of multipart uploads that are neither completed nor aborted. */
    async openUploads(): Promise<string[]> {
      const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
      return Uploads.map(({ UploadId = '' }) => UploadId);
    },
    /** Numbers of the parts that the first open upload of a key has. */
    async partsOf(key: string): Promise<number[]> {
      const open = await s3.send(new ListMultipartUploadsCommand({ Bucket: BUCKET, Prefix: key }));
      const UploadId = open.Uploads?.[0]?.UploadId;
      const { Parts = [] } = await s3.send(new ListPartsCommand({ Bucket: BUCKET, Key: key, UploadId }));
      return Parts.map(({ PartNumber = 0 }) => PartNumber);
    },
    async close(): Promise<void> {
      s3.destroy();
      await sandbox.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

export type Bucket = Awaited<ReturnType<typeof startBucket>>;
