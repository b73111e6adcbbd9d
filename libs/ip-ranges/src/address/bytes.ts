/** The characters that matter, as the parsers read bytes. */
export const TAB = 9;
export const NEWLINE = 10;
export const RETURN = 13;
export const SPACE = 32;
export const HASH = 35;
export const PERCENT = 37;
export const DASH = 45;
export const DOT = 46;
export const SLASH = 47;
export const ZERO = 48;
export const COLON = 58;
export const SEMICOLON = 59;

export const isBlank = (byte: number | undefined): boolean =>
  byte === SPACE || byte === TAB || byte === RETURN || byte === NEWLINE;

/** Of a decimal digit its value; of anything else more than 9. */
export const digit = (byte: number | undefined): number => ((byte ?? 0) - ZERO) >>> 0;

/** Of a hexadecimal digit its value; of anything else more than 15. */
export function hexDigit(byte: number | undefined): number {
  const decimal = digit(byte);
  if (decimal <= 9) return decimal;
  const letter = (((byte ?? 0) | SPACE) - 97) >>> 0;
  return letter <= 5 ? letter + 10 : 16;
}

/** First place of `byte` in [from, to), or -1. */
export function find(bytes: Uint8Array, byte: number, from: number, to: number): number {
  for (let at = from; at < to; at += 1) if (bytes[at] === byte) return at;
  return -1;
}
