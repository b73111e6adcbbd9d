import { createHash } from 'node:crypto';

/** Of the contents: the same from every instance, and for a change that changes nothing. `lines`: each network with its line feed. */
export function versionOf(format: string, lines: Uint8Array | string, countries: readonly string[]): string {
  const digest = createHash('sha256')
    .update(`${format} ${countries.join(' ')}\n`)
    .update(lines);
  return digest.digest('base64url').slice(0, 22);
}
