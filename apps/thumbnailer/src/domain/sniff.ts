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

export type Kind = 'JPEG' | 'PNG' | 'GIF' | 'WebP' | 'TIFF' | 'AVIF';

/**
 * First bytes of the formats that are accepted, in latin1: no more of them than tell one from
 * the others, so that a JPEG of three bytes is a damaged JPEG. SVG and PDF are not among
 * them: they can refer to other files and cost any amount of work.
 */
// oxlint-disable no-control-regex -- NUL and others are part of the signatures
const ACCEPTED: readonly (readonly [Kind, RegExp])[] = [
  ['JPEG', /^\xff\xd8/],
  ['PNG', /^\x89PNG/],
  ['GIF', /^GIF8/],
  ['WebP', /^RIFF[^]{4}WEBP/],
  ['TIFF', /^(II[*+]\0|MM\0[*+])/], // + is BigTIFF
  ['AVIF', /^[^]{4}ftyp(avif|avis|mif1|msf1)/],
];

/** What else people upload in place of a picture. */
const OTHERS: readonly (readonly [string, RegExp])[] = [
  ['a PDF', /^%PDF/],
  ['an SVG or other XML', /^(\xef\xbb\xbf)?\s*<(svg|\?xml)/],
  ['a web page', /^(\xef\xbb\xbf)?\s*<(!doctype )?html/i],
  ['a BMP', /^BM/],
  ['a Photoshop document', /^8BPS/],
  ['a JPEG 2000', /^(\0{3}\x0cjP {2}|\xff\x4f\xff\x51)/],
  ['a JPEG XL', /^(\0{3}\x0cJXL |\xff\x0a)/],
  ['an icon', /^\0\0[\x01\x02]\0/],
  ['a film', /^([^]{4}ftyp|\x1a\x45\xdf\xa3)/],
  ['an archive', /^(PK\x03\x04|\x1f\x8b|Rar!|7z\xbc\xaf)/],
];

/** Which format a file begins as, whatever its name says. */
export function kindOf(file: Uint8Array): Kind | undefined {
  return nameIn(ACCEPTED, file);
}

/** What a file that is not accepted seems to be, with its article. */
export function otherKindOf(file: Uint8Array): string | undefined {
  return nameIn(OTHERS, file);
}

function nameIn<Name>(signatures: readonly (readonly [Name, RegExp])[], file: Uint8Array): Name | undefined {
  const head = view(file).toString('latin1', 0, 64);
  return signatures.find(([, signature]) => signature.test(head))?.[0];
}

/**
 * Frames of an animated WebP, counted no further than `enough`. libwebp goes through all frames
 * before each one: 40,000, which are 4 MB, take 4 CPU seconds, and ten times as many hundreds.
 */
export function countWebpFrames(file: Uint8Array, enough: number): number {
  const bytes = view(file);
  let frames = 0;
  for (let at = 12; at + 8 <= bytes.length && frames < enough;) {
    if (bytes.toString('latin1', at, at + 4) === 'ANMF') frames++;
    const size = bytes.readUInt32LE(at + 4);
    at += 8 + size + (size % 2);
  }
  return frames;
}

/** Start-of-scan markers of a JPEG, counted no further than `enough`; also those of pictures within it. */
export function countJpegScans(file: Uint8Array, enough: number): number {
  const bytes = view(file);
  const marker = Buffer.of(0xff, 0xda);
  let scans = 0;
  for (let at = bytes.indexOf(marker); at !== -1 && scans < enough; at = bytes.indexOf(marker, at + 2))
    scans++;
  return scans;
}

function view(file: Uint8Array): Buffer {
  return Buffer.from(file.buffer, file.byteOffset, file.byteLength);
}
