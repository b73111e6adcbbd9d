import { createHmac, timingSafeEqual } from 'node:crypto';

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-v2-how-it-works.html: six hours at most. */
const MAX_TTL_SECONDS = 21_600;

/** Undefined for what is no time that a token can live. */
export function readTtl(header: string | string[] | undefined): number | undefined {
  const seconds = typeof header === 'string' && /^\d{1,5}$/.test(header) ? Number(header) : 0;
  return seconds >= 1 && seconds <= MAX_TTL_SECONDS ? seconds : undefined;
}

/** Good for one instance, until then (ms), also after a restart: nothing is kept of it. */
export function tokenOf(secret: string, expires: number): string {
  return `${Buffer.from(String(expires)).toString('base64url')}.${sign(secret, expires)}`;
}

export function isValid(token: unknown, secret: string, now: number): boolean {
  if (typeof token !== 'string') return false;
  const [until = '', signature = ''] = token.split('.');
  const expires = Number(Buffer.from(until, 'base64url').toString());
  if (!Number.isSafeInteger(expires) || expires <= now) return false;
  const [given, right] = [Buffer.from(signature), Buffer.from(sign(secret, expires))];
  return given.length === right.length && timingSafeEqual(given, right);
}

const sign = (secret: string, expires: number): string =>
  createHmac('sha256', secret).update(String(expires)).digest('base64url');
