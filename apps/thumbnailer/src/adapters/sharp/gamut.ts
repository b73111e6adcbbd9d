/** The colours that numbers stand for. Photos in Display P3 stay in it, everything else becomes sRGB. */
export type Gamut = 'srgb' | 'p3';

/** Names of Display P3 in the profiles of Apple's devices, and in the compact one that libvips attaches. */
const NAMES = ['Display P3', 'sP3C'];

/** By the profile's description, which is ASCII in ICC version 2 and UTF-16 in version 4. */
export function isDisplayP3(icc: Uint8Array | undefined): boolean {
  if (icc === undefined) return false;
  const profile = Buffer.from(icc.buffer, icc.byteOffset, icc.byteLength);
  return NAMES.some((name) => profile.includes(name) || profile.includes(utf16(name)));
}

function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}
