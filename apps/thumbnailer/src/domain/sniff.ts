/** Brands of HEIF files whose pictures are compressed with HEVC. ISO/IEC 23008-12 annex B.4. */
const HEVC_BRANDS = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs']);
const AV1_BRANDS = new Set(['avif', 'avis']);
/** A `ftyp` box with more brands than this is not worth reading on. */
const MAX_BRANDS = 64;

/**
 * Whether a file is a photo compressed with HEVC, as phones make them: the prebuilt
 * libvips cannot decode those, and its own message ("bad seek") does not say so.
 */
export function isHevcPhoto(file: Uint8Array): boolean {
  const bytes = Buffer.from(file.buffer, file.byteOffset, Math.min(file.byteLength, 16 + 4 * MAX_BRANDS));
  if (bytes.length < 16 || bytes.toString('latin1', 4, 8) !== 'ftyp') return false;
  const end = Math.min(bytes.readUInt32BE(0), bytes.length);
  const brands = [bytes.toString('latin1', 8, 12)]; // major; 12 to 16 is its version
  for (let at = 16; at + 4 <= end; at += 4) brands.push(bytes.toString('latin1', at, at + 4));
  return brands.some((brand) => HEVC_BRANDS.has(brand)) && !brands.some((brand) => AV1_BRANDS.has(brand));
}

/** First bytes of the formats that are accepted, in latin1. */
// oxlint-disable no-control-regex -- NUL and others are part of the signatures
const SIGNATURES = [
  /^\xff\xd8\xff/, // JPEG
  /^\x89PNG\r\n\x1a\n/,
  /^GIF8[79]a/,
  /^RIFF[^]{4}WEBP/,
  /^(II\*\0|MM\0\*)/, // TIFF
  /^[^]{4}ftyp(avif|avis|mif1|msf1)/, // AVIF and other HEIF
];

/** Whether a file that cannot be opened at least began as an image: then it is corrupt, not something else. */
export function beginsLikeAnImage(file: Uint8Array): boolean {
  const head = Buffer.from(file.buffer, file.byteOffset, Math.min(file.byteLength, 16)).toString('latin1');
  return SIGNATURES.some((signature) => signature.test(head));
}
