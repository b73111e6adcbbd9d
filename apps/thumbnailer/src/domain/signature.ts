import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a signed link stands for: this path (and preset), until then (seconds since 1970). */
export interface Link {
  /** Decoded, because clients escape the same path in different ways: `/images/a b.jpg`. */
  path: string;
  preset: string | undefined;
  expires: number;
}

/** HMAC-SHA-256, base64url. */
export function sign(link: Link, key: string): string {
  const text = [link.path, link.preset ?? '', link.expires].join('\n');
  return createHmac('sha256', key).update(text).digest('base64url');
}

/** `keys` are several while one is being replaced by another. */
export function isSignedBy(link: Link, signature: string, keys: readonly string[]): boolean {
  const given = Buffer.from(signature);
  return keys.some((key) => {
    const expected = Buffer.from(sign(link, key));
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}
