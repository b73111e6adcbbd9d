import type { FileHandle } from 'node:fs/promises';
import { TransferError } from '../../ports/staging.ts';

const CHUNK_BYTES = 256 * 1_024;

/** So many bytes of a file from there. Throws TransferError where it ends before: somebody has cut it short. */
export async function* bytesOf(
  file: FileHandle,
  { start, bytes }: { start: number; bytes: number },
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0; at < bytes;) {
    signal.throwIfAborted();
    const wanted = Math.min(CHUNK_BYTES, bytes - at);
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, start + at);
    if (bytesRead === 0) {
      throw new TransferError('unavailable', `a file ends after ${start + at} bytes that was longer before`);
    }
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
