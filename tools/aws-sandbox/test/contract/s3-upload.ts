import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  UploadPartCommand,
  type CompletedPart,
  type CompleteMultipartUploadCommandInput,
  type CreateMultipartUploadCommandInput,
  type UploadPartCommandInput,
} from '@aws-sdk/client-s3';
import type { Aws } from './contract.ts';
import { defined } from './helpers.ts';
import type { Bucket } from './s3.ts';

/** One multipart upload, up to the point where a test wants it. */
export class Upload {
  readonly parts: CompletedPart[] = [];
  readonly #aws: Aws;
  readonly #names: { Bucket: string; Key: string; UploadId: string };

  private constructor(aws: Aws, names: { Bucket: string; Key: string; UploadId: string }) {
    this.#aws = aws;
    this.#names = names;
  }

  static async start(
    aws: Aws,
    bucket: Bucket,
    key: string,
    options: Partial<CreateMultipartUploadCommandInput> = {},
  ): Promise<Upload> {
    const names = { Bucket: bucket.name, Key: key };
    const created = await aws.s3.send(new CreateMultipartUploadCommand({ ...names, ...options }));
    return new Upload(aws, { ...names, UploadId: defined(created.UploadId) });
  }

  get id(): string {
    return this.#names.UploadId;
  }

  async part(
    PartNumber: number,
    Body: Uint8Array,
    options: Partial<UploadPartCommandInput> = {},
  ): Promise<CompletedPart> {
    const { ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 } =
      await this.#aws.s3.send(new UploadPartCommand({ ...this.#names, PartNumber, Body, ...options }));
    const checksums = { ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 };
    const part = { PartNumber, ETag, ...checksums };
    this.parts.push(part);
    return part;
  }

  complete(Parts: CompletedPart[] = this.parts, options: Partial<CompleteMultipartUploadCommandInput> = {}) {
    return this.#aws.s3.send(
      new CompleteMultipartUploadCommand({
        ...this.#names,
        MultipartUpload: { Parts },
        ...options,
      }),
    );
  }

  abort() {
    return this.#aws.s3.send(new AbortMultipartUploadCommand(this.#names));
  }

  list(options: { MaxParts?: number; PartNumberMarker?: string } = {}) {
    return this.#aws.s3.send(new ListPartsCommand({ ...this.#names, ...options }));
  }
}
