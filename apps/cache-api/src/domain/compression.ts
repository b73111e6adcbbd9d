import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  deflateRawSync,
  inflateRawSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';

/** In order of their number in a record. */
const CODECS = ['none', 'deflate', 'brotli', 'zstd'] as const;
export type Codec = (typeof CODECS)[number];

/** Default qualities are for files that are compressed once; these are for what is compressed on the way. */
const QUICK = {
  deflate: { level: 3 },
  brotli: { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } },
  zstd: { params: { [constants.ZSTD_c_compressionLevel]: 1 } },
};

export function isCodec(number: number): boolean {
  return number < CODECS.length;
}

/** A body that does not get smaller stays as it is. */
export function compress(
  body: Uint8Array,
  { codec, aboveBytes }: { codec: Exclude<Codec, 'none'>; aboveBytes: number | undefined },
): { codec: number; body: Uint8Array } {
  const asIs = { codec: 0, body };
  if (aboveBytes === undefined || body.length <= aboveBytes) return asIs;
  const smaller = squeeze(body, codec);
  return smaller.length < body.length ? { codec: CODECS.indexOf(codec), body: smaller } : asIs;
}

function squeeze(body: Uint8Array, codec: Exclude<Codec, 'none'>): Uint8Array {
  if (codec === 'deflate') return deflateRawSync(body, QUICK.deflate);
  return codec === 'brotli' ? brotliCompressSync(body, QUICK.brotli) : zstdCompressSync(body, QUICK.zstd);
}

/** Never makes more than `length` bytes, whatever the bytes say. */
export function decompress(codec: number, bytes: Uint8Array, length: number): Uint8Array {
  const limit = { maxOutputLength: Math.max(1, length) };
  switch (CODECS[codec]) {
    case 'deflate':
      return inflateRawSync(bytes, limit);
    case 'brotli':
      return brotliDecompressSync(bytes, limit);
    case 'zstd':
      return zstdDecompressSync(bytes, limit);
    case 'none':
    case undefined:
  }
  return bytes;
}
