import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { ProblemError } from '../http/problems.ts';

/** Who is calling and what they may do. */
export interface Principal {
  subject: string;
  scopes: ReadonlySet<string>;
}

/** Sets `req.principal` when valid credentials came along; refuses invalid ones. */
export type Authenticate = RequestHandler;

/** Whether the caller is known and has this scope; `*` stands for all. */
export function hasScope(principal: Principal | undefined, scope: string): boolean {
  return principal !== undefined && (principal.scopes.has(scope) || principal.scopes.has('*'));
}

/** For a route: the caller must be known and have this scope, for example `images:read`. */
export function requireScope(scope: string): RequestHandler {
  return (req: Request, _res: Response, next: NextFunction) => {
    if (req.principal === undefined) {
      throw new ProblemError(
        'unauthenticated',
        'Send an API key in x-api-key or a token in Authorization: Bearer.',
        {
          headers: { 'www-authenticate': 'Bearer' },
        },
      );
    }
    if (!hasScope(req.principal, scope)) {
      throw new ProblemError(
        'forbidden',
        `This needs the scope ${scope}, which ${req.principal.subject} does not have.`,
      );
    }
    next();
  };
}

/** The credential in the request, from `Authorization: Bearer` or `x-api-key`. */
export function credentialOf(req: Request): string | undefined {
  const header = req.get('authorization');
  if (header !== undefined) {
    const match = /^Bearer +(\S+)$/i.exec(header);
    if (match?.[1] === undefined) {
      throw new ProblemError('unauthenticated', 'The Authorization header must be: Bearer <credential>.', {
        headers: { 'www-authenticate': 'Bearer' },
      });
    }
    return match[1];
  }
  return req.get('x-api-key');
}
