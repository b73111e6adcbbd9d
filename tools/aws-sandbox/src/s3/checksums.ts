import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { AwsCrc32c } from '@aws-crypto/crc32c';
import { Crc64Nvme } from '@aws-sdk/crc64-nvme';

/** A running checksum; `digest` is what goes into the header, in base64. */
interface Running {
  update(chunk: Buffer): void;
  digest(): Promise<string>;
}

const ALGORITHMS: Readonly<Record<string, () => Running>> = {
  crc32: () => {
    let value = 0;
    return {
      update: (chunk) => {
        value = crc32(chunk, value);
      },
      digest: () => {
        const bytes = Buffer.alloc(4);
        bytes.writeUInt32BE(value >>> 0);
        return Promise.resolve(bytes.toString('base64'));
      },
    };
  },
  crc32c: () => fromSdk(new AwsCrc32c()),
  crc64nvme: () => fromSdk(new Crc64Nvme()),
  sha1: () => fromHash('sha1'),
  sha256: () => fromHash('sha256'),
};

export const CHECKSUM_NAMES = Object.keys(ALGORITHMS);

export function startChecksum(name: string): Running {
  const start = ALGORITHMS[name];
  if (start === undefined) throw new Error(`No such checksum: ${name}`);
  return start();
}

function fromHash(name: string): Running {
  const hash = createHash(name);
  return { update: (chunk) => void hash.update(chunk), digest: () => Promise.resolve(hash.digest('base64')) };
}

function fromSdk(sum: { update(chunk: Uint8Array): void; digest(): Promise<Uint8Array> }): Running {
  return {
    update: (chunk) => sum.update(chunk),
    digest: async () => Buffer.from(await sum.digest()).toString('base64'),
  };
}
