import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type BucketVersioningStatus,
  type GetObjectCommandInput,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import type { Aws } from './contract.ts';
import { defined, uniqueName } from './helpers.ts';

type Options<T> = Omit<T, 'Bucket' | 'Key' | 'Body'>;

/** Short words for what nearly every test of S3 does, on one bucket of its own. */
export class Bucket {
  readonly name: string;
  readonly #aws: Aws;

  constructor(aws: Aws, name: string) {
    this.#aws = aws;
    this.name = name;
  }

  put(key: string, body: string | Uint8Array, options: Options<PutObjectCommandInput> = {}) {
    return this.#aws.s3.send(new PutObjectCommand({ ...options, Bucket: this.name, Key: key, Body: body }));
  }

  get(key: string, options: Options<GetObjectCommandInput> = {}) {
    return this.#aws.s3.send(new GetObjectCommand({ ...options, Bucket: this.name, Key: key }));
  }

  async text(key: string, options: Options<GetObjectCommandInput> = {}): Promise<string> {
    const object = await this.get(key, options);
    return defined(object.Body, 'body').transformToString();
  }

  head(key: string, options: Options<GetObjectCommandInput> = {}) {
    return this.#aws.s3.send(new HeadObjectCommand({ ...options, Bucket: this.name, Key: key }));
  }

  delete(key: string, options: { VersionId?: string; IfMatch?: string } = {}) {
    return this.#aws.s3.send(new DeleteObjectCommand({ ...options, Bucket: this.name, Key: key }));
  }

  setVersioning(status: BucketVersioningStatus) {
    return this.#aws.s3.send(
      new PutBucketVersioningCommand({
        Bucket: this.name,
        VersioningConfiguration: { Status: status },
      }),
    );
  }

  /** The form in which a copy names its source. */
  source(key: string, versionId?: string): string {
    const path = key.split('/').map(encodeURIComponent).join('/');
    return `${this.name}/${path}${versionId === undefined ? '' : `?versionId=${versionId}`}`;
  }
}

export async function newBucket(aws: Aws): Promise<Bucket> {
  const name = uniqueName('contract');
  await aws.s3.send(new CreateBucketCommand({ Bucket: name }));
  return new Bucket(aws, name);
}

export async function newVersionedBucket(aws: Aws): Promise<Bucket> {
  const bucket = await newBucket(aws);
  await bucket.setVersioning('Enabled');
  return bucket;
}
