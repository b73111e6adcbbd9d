import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { Truncated } from '../../ports/feeds.ts';

const METHODS: Readonly<Record<string, typeof unpackGzip>> = {
  gzip: unpackGzip,
  'x-gzip': unpackGzip,
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

function unpackGzip(bytes: Uint8Array, options: { maxOutputLength: number }): Promise<Uint8Array> {
  return promisify(gunzip)(bytes, options);
}

/** What `content-encoding` names, taken off; and gzip, if the file itself is one. Stops at `maxBytes` of contents. */
export async function unpack(
  packed: Uint8Array,
  encoding: string | undefined,
  maxBytes: number,
): Promise<Uint8Array> {
  let bytes = packed;
  // What was applied last comes off first. RFC 9110, section 8.4
  for (const name of (encoding ?? '').toLowerCase().split(',').toReversed()) {
    const method = name.trim();
    if (method === '' || method === 'identity') continue;
    const unpackOne = METHODS[method];
    if (unpackOne === undefined) throw new Error(`it is packed as ${method}, which was not asked for`);
    bytes = await limited(unpackOne, bytes, maxBytes);
  }
  return isGzip(bytes) ? limited(unpackGzip, bytes, maxBytes) : bytes;
}

async function limited(method: typeof unpackGzip, bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  try {
    return await method(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
    if (code === 'Z_BUF_ERROR') throw new Truncated('it is truncated: what is packed breaks off');
    throw new Error(`it cannot be unpacked: ${message}`, { cause: error });
  }
}

export function tooLarge(maxBytes: number): Error {
  return new Error(`it has more than ${maxBytes} bytes (maxBytes)`);
}

/** RFC 1952, section 2.3.1 */
function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** All of a stream, but no more than `maxBytes`. */
export async function collect(stream: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of stream) {
    length += piece.length;
    if (length > maxBytes) throw tooLarge(maxBytes);
    pieces.push(piece);
  }
  return Buffer.concat(pieces, length);
}
