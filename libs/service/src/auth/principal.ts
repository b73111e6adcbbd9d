import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { IncomingMessage } from 'node:http';
import { ProblemError } from '../http/problems.ts';

/** Who is calling and what they may do. */
export interface Principal {
  subject: string;
  scopes: ReadonlySet<string>;
}

/**
 * Who sends this; undefined when no credentials came along. Throws a ProblemError for invalid ones. Works on
 * plain requests, so that what is answered without Express goes through the same.
 */
export type Authenticate = (req: IncomingMessage) => Principal | undefined | Promise<Principal | undefined>;

/** Sets `req.principal`. */
export function authenticateWith(authenticate: Authenticate): RequestHandler {
  return async (req, _res, next) => {
    const principal = await authenticate(req);
    if (principal !== undefined) req.principal = principal;
    next();
  };
}

/** Whether the caller is known and has this scope; `*` stands for all. */
export function hasScope(principal: Principal | undefined, scope: string): boolean {
  return principal !== undefined && (principal.scopes.has(scope) || principal.scopes.has('*'));
}

/** For a route: the caller must be known and have this scope, for example `images:read`. */
export function requireScope(scope: string): RequestHandler {
  return (req: Request, _res: Response, next: NextFunction) => {
    checkScope(req.principal, scope);
    next();
  };
}

/** Throws the ProblemError of a caller who is not known, or does not have this scope. */
export function checkScope(principal: Principal | undefined, scope: string): void {
  if (principal === undefined) {
    throw new ProblemError(
      'unauthenticated',
      'Send an API key in x-api-key or a token in Authorization: Bearer.',
      { headers: { 'www-authenticate': 'Bearer' } },
    );
  }
  if (!hasScope(principal, scope)) {
    throw new ProblemError(
      'forbidden',
      `This needs the scope ${scope}, which ${principal.subject} does not have.`,
    );
  }
}

/** The credential in the request, from `Authorization: Bearer` or `x-api-key`. */
export function credentialOf({ headers }: IncomingMessage): string | undefined {
  const header = headers.authorization;
  if (header !== undefined) {
    const match = /^Bearer +(\S+)$/i.exec(header);
    if (match?.[1] === undefined) {
      throw new ProblemError('unauthenticated', 'The Authorization header must be: Bearer <credential>.', {
        headers: { 'www-authenticate': 'Bearer' },
      });
    }
    return match[1];
  }
  const key = headers['x-api-key'];
  return Array.isArray(key) ? key[0] : key;
}
