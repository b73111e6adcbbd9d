import { open } from 'node:fs/promises';
import { type Fetched, type Validators } from '../../ports/feeds.ts';
import { collect, unpack } from './unpack.ts';

/** Reads a list from a file. Size and time of change are what stands for an ETag. */
export async function fetchFile(
  path: string,
  known: Validators | undefined,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Fetched> {
  const file = await open(path);
  try {
    const { size, mtimeMs } = await file.stat();
    const etag = `${size}-${mtimeMs}`;
    if (known?.etag === etag) return { kind: 'unchanged' };
    const body = await collect(file.createReadStream({ signal, autoClose: false }), maxBytes);
    return {
      kind: 'copy',
      bytes: await unpack(body, undefined, maxBytes),
      validators: { etag, lastModified: null },
    };
  } finally {
    await file.close();
  }
}
