import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { ProblemError } from '../http/problems.ts';
import { credentialOf, type Authenticate } from './principal.ts';

export interface JwtSettings {
  issuer: string;
  audience: string;
  algorithms: string[];
  /** Where the issuer publishes its keys, or the key set itself. */
  keys: URL | JWTVerifyGetKey;
}

/** Clocks of issuer and service may differ by this much, in seconds. */
const CLOCK_TOLERANCE_SECONDS = 60;

export function authenticateByJwt(settings: JwtSettings): Authenticate {
  const keys = settings.keys instanceof URL ? createRemoteJWKSet(settings.keys) : settings.keys;
  return async (req) => {
    const token = credentialOf(req);
    if (token === undefined) return undefined;
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: settings.issuer,
        audience: settings.audience,
        algorithms: settings.algorithms,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['sub', 'exp'],
      });
      return { subject: String(payload.sub), scopes: scopesOf(payload) };
    } catch (error) {
      throw refusal(error);
    }
  };
}

/** `scope: "a b"` (RFC 8693) or `scp: ["a","b"]` (Entra ID, Okta). */
function scopesOf(payload: JWTPayload): Set<string> {
  const { scope, scp } = payload as { scope?: unknown; scp?: unknown };
  if (typeof scope === 'string') return new Set(scope.split(' ').filter((s) => s !== ''));
  if (Array.isArray(scp)) return new Set(scp.filter((s) => typeof s === 'string'));
  if (typeof scp === 'string') return new Set(scp.split(' '));
  return new Set();
}

/** A token that is wrong is the caller's fault; keys that cannot be fetched are not. */
function refusal(error: unknown): Error {
  const tokenIsWrong =
    error instanceof errors.JOSEError &&
    !(error instanceof errors.JWKSTimeout) &&
    !(error instanceof errors.JWKSInvalid) &&
    error.code !== 'ERR_JOSE_GENERIC';
  if (tokenIsWrong) {
    return new ProblemError('unauthenticated', `The token is not accepted: ${error.message}.`, {
      headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
      cause: error,
    });
  }
  return new ProblemError('dependency_unavailable', "The issuer's keys cannot be fetched at the moment.", {
    headers: { 'retry-after': '5' },
    cause: error,
  });
}
