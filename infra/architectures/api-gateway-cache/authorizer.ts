import { createHash, timingSafeEqual } from 'node:crypto';

interface AuthorizerEvent {
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
}

/** Lets in whoever knows the secret, which is CloudFront. */
export function createAuthorizer(secret: string) {
  // Everybody knows that one.
  if (secret === '') throw new Error('ORIGIN_SECRET is empty: deploy again');
  const expected = digest(secret);
  return ({ headers }: AuthorizerEvent) =>
    Promise.resolve({ isAuthorized: timingSafeEqual(digest(headers['x-origin-secret'] ?? ''), expected) });
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

let authorize: ReturnType<typeof createAuthorizer> | undefined;

export const handler = (event: AuthorizerEvent): ReturnType<ReturnType<typeof createAuthorizer>> => {
  // oxlint-disable-next-line node/no-process-env -- of a function of its own, this file is the main one
  authorize ??= createAuthorizer(process.env['ORIGIN_SECRET'] ?? '');
  return authorize(event);
};
