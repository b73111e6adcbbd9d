import { hasScope, ProblemError, requireScope } from '@groundwork/service';
import type { Request, RequestHandler } from 'express';
import { isSignedBy } from '../domain/signature.ts';
import type { ThumbnailerProblem } from './problems.ts';

export interface Access {
  mode: 'public' | 'signed' | 'auth';
  /** The first one signs, all are accepted. */
  signingKeys: readonly string[];
}

const SCOPE = 'images:read';

/** Who may see an image. Callers with the scope may in every mode. */
export function requireAccess(access: Access, now: () => Date): RequestHandler {
  const needsScope = requireScope(SCOPE);
  return (req, res, next) => {
    if (access.mode === 'public' || hasScope(req.principal, SCOPE)) {
      next();
      return;
    }
    const { signature } = req.query;
    if (access.mode === 'signed' && typeof signature === 'string') {
      checkSignature(req, signature, access.signingKeys, now());
      next();
      return;
    }
    void needsScope(req, res, next);
  };
}

/** What is not for everybody may be kept by browsers, but not by caches that others share. */
export function cacheability({ mode }: Access): 'public' | 'private' {
  return mode === 'public' ? 'public' : 'private';
}

function checkSignature(req: Request, signature: string, keys: readonly string[], now: Date): void {
  const { preset, expires } = req.query;
  const link = {
    path: decodeURIComponent(req.path),
    preset: typeof preset === 'string' ? preset : undefined,
    expires: Number(expires),
  };
  if (!isSignedBy(link, signature, keys)) {
    throw new ProblemError<ThumbnailerProblem>(
      'link_not_valid',
      'The signature is not one of ours for this path, preset and expiry.',
    );
  }
  if (link.expires * 1000 <= now.getTime()) {
    throw new ProblemError<ThumbnailerProblem>(
      'link_not_valid',
      `The link expired at ${new Date(link.expires * 1000).toISOString()}.`,
    );
  }
}
