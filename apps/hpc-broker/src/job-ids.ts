import { randomBytes } from 'node:crypto';

/**
 * UUIDs of version 7 (RFC 9562): by the time, so that newer jobs come later in every index. Of one process
 * each is greater than the one before, also within a millisecond (6.2, method 3).
 */
export function createJobIds(now: () => number = Date.now): () => string {
  /** 48 bits of milliseconds, and 12 that count within one. */
  let last = 0n;
  return () => {
    const moment = BigInt(now()) << 12n;
    last = moment > last ? moment : last + 1n;
    const bytes = Buffer.alloc(16);
    bytes.writeBigUInt64BE(((last >> 12n) << 16n) | 0x7000n | (last & 0xfffn));
    randomBytes(8).copy(bytes, 8);
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  };
}
