import { hash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { ProblemError } from '../http/problems.ts';
import { credentialOf, type Authenticate, type Principal } from './principal.ts';

/** How keys are kept: never the key, only its SHA-256. */
export const ApiKeyRecord = z.strictObject({
  name: z.string().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits'),
  scopes: z.array(z.string().min(1)).min(1),
});
export type ApiKeyRecord = z.infer<typeof ApiKeyRecord>;

/** A new key: 32 random bytes, shown once. */
export function generateApiKey(name: string, scopes: string[]): { key: string; record: ApiKeyRecord } {
  const key = randomBytes(32).toString('base64url');
  return { key, record: { name, sha256: hashKey(key), scopes } };
}

function hashKey(key: string): string {
  return hash('sha256', key);
}

export function authenticateByApiKey(records: readonly ApiKeyRecord[]): Authenticate {
  // Found by the hash of a 256-bit secret: comparing needs no constant time.
  const byHash = new Map<string, Principal>(
    records.map((record) => [record.sha256, { subject: record.name, scopes: new Set(record.scopes) }]),
  );
  // Hashing is most of what a request costs here. Only keys that are right get in, so that there are no more than records.
  const byKey = new Map<string, Principal>();
  return (req) => {
    const key = credentialOf(req);
    if (key === undefined) return undefined;
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const principal = byHash.get(hashKey(key));
    if (principal !== undefined) byKey.set(key, principal);
    if (principal === undefined) {
      throw new ProblemError('unauthenticated', 'This API key is not known here.', {
        headers: { 'www-authenticate': 'Bearer' },
      });
    }
    return principal;
  };
}
