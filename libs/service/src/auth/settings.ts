import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { listSetting, setting } from '../config/setting.ts';
import { ApiKeyRecord, authenticateByApiKey } from './api-keys.ts';
import { allowLocalDevelopment } from './development.ts';
import { authenticateByJwt } from './jwt.ts';
import type { Authenticate } from './principal.ts';

const apiKeys = z
  .string()
  .transform((text, ctx) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      ctx.addIssue({ code: 'custom', message: 'is not valid JSON' });
      return z.NEVER;
    }
  })
  .pipe(z.array(ApiKeyRecord));

/** Signatures that a key set can verify: nothing symmetric, never `none`. */
const ALGORITHM = z.enum([
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
]);

/** Keys that came over plain HTTP could be anybody's; from this machine they are for tests. */
function isTrustworthy(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || isLoopback(hostname);
}

/** Of a service whose callers need, for example, that scope. */
export function authSettings(scope: string) {
  return {
    AUTH_MODE: setting(z.enum(['api-key', 'jwt', 'none']).default('api-key'), {
      description: 'How callers prove who they are; none only for development on loopback',
      example: 'jwt',
    }),
    AUTH_INSECURE: setting(z.literal('development-only').optional(), {
      description: 'Allows AUTH_MODE=none on an address other than loopback, for a container network',
      example: 'development-only',
    }),
    AUTH_ALLOWED_HOSTS: setting(listSetting().default([]), {
      description: 'Host names served in AUTH_MODE=none besides the loopback ones, comma-separated',
      example: 'edge,thumbnailer',
    }),
    API_KEYS: setting(apiKeys.optional(), {
      description: 'JSON list of keys; `npm run api-key -- NAME SCOPE…` makes one; `[]` lets nobody in',
      example: `[{"name":"ci","sha256":"<64 hex digits>","scopes":["${scope}"]}]`,
      secret: true,
    }),
    API_KEYS_FILE: setting(z.string().optional(), {
      description: 'File with the same JSON list, instead of API_KEYS; read at start',
      example: '/run/secrets/api-keys.json',
    }),
    JWT_ISSUER: setting(z.string().optional(), {
      description: 'Required issuer (iss) of tokens',
      example: 'https://login.example.com/',
    }),
    JWT_AUDIENCE: setting(z.string().optional(), {
      description: 'Required audience (aud) of tokens',
      example: 'groundwork',
    }),
    JWT_ALGORITHMS: setting(listSetting().pipe(z.array(ALGORITHM).min(1)).default(['RS256', 'ES256']), {
      description: 'Signature algorithms accepted, comma-separated',
      example: 'RS256,ES256',
    }),
    JWT_JWKS_URL: setting(
      z
        .url({ protocol: /^https?$/ })
        .refine(isTrustworthy, 'must be https')
        .optional(),
      {
        description: 'Where the issuer publishes its keys (JWKS)',
        example: 'https://login.example.com/.well-known/jwks.json',
      },
    ),
  };
}

interface AuthConfig {
  HOST: string;
  AUTH_MODE: 'api-key' | 'jwt' | 'none';
  AUTH_INSECURE?: 'development-only' | undefined;
  AUTH_ALLOWED_HOSTS: string[];
  API_KEYS?: ApiKeyRecord[] | undefined;
  API_KEYS_FILE?: string | undefined;
  JWT_ISSUER?: string | undefined;
  JWT_AUDIENCE?: string | undefined;
  JWT_ALGORITHMS: string[];
  JWT_JWKS_URL?: string | undefined;
}

/** Rules between settings, for a service schema's `superRefine`. */
export function checkAuthSettings(config: AuthConfig, ctx: z.RefinementCtx): void {
  const wrong = (name: string, message: string): void => {
    ctx.addIssue({ code: 'custom', path: [name], message });
  };
  if (config.AUTH_MODE === 'none' && !isLoopback(config.HOST) && config.AUTH_INSECURE === undefined) {
    wrong(
      'AUTH_MODE',
      `none is refused when HOST=${config.HOST} is not loopback; use api-key or jwt, or set AUTH_INSECURE=development-only`,
    );
  }
  if (config.AUTH_MODE === 'api-key') {
    if (config.API_KEYS !== undefined && config.API_KEYS_FILE !== undefined) {
      wrong('API_KEYS_FILE', 'must not be set together with API_KEYS');
    } else if (config.API_KEYS_FILE !== undefined) {
      try {
        readKeys(config.API_KEYS_FILE);
      } catch (error) {
        wrong('API_KEYS_FILE', error instanceof Error ? error.message : String(error));
      }
    } else if (config.API_KEYS === undefined) {
      wrong('API_KEYS', 'is required with AUTH_MODE=api-key, or API_KEYS_FILE');
    }
  }
  if (config.AUTH_MODE === 'jwt') {
    for (const name of ['JWT_ISSUER', 'JWT_AUDIENCE', 'JWT_JWKS_URL'] as const) {
      if (config[name] === undefined) wrong(name, 'is required with AUTH_MODE=jwt');
    }
  }
}

export function createAuthenticate(config: AuthConfig): Authenticate {
  switch (config.AUTH_MODE) {
    case 'none':
      return allowLocalDevelopment({ extraHosts: config.AUTH_ALLOWED_HOSTS });
    case 'api-key':
      return authenticateByApiKey(config.API_KEYS ?? readKeys(config.API_KEYS_FILE ?? ''));
    case 'jwt':
      return authenticateByJwt({
        issuer: config.JWT_ISSUER ?? '',
        audience: config.JWT_AUDIENCE ?? '',
        algorithms: config.JWT_ALGORITHMS,
        keys: new URL(config.JWT_JWKS_URL ?? ''),
      });
  }
}

function readKeys(path: string): ApiKeyRecord[] {
  const keys = apiKeys.safeParse(readFileSync(path, 'utf8'));
  if (keys.success) return keys.data;
  const [issue] = keys.error.issues;
  throw new Error(
    `the content of the file ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is not valid'}`,
  );
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
