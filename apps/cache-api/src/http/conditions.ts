import { ProblemError } from '@groundwork/service';
import type { Request } from 'express';
import type { Conditions } from '../ports/values.ts';

/** Of a write. Throws a ProblemError for an If-None-Match that only makes sense for reads. */
export function conditionsOf(req: Request): Conditions {
  const ifMatch = req.get('if-match');
  const ifNoneMatch = req.get('if-none-match');
  if (ifNoneMatch !== undefined && ifNoneMatch.trim() !== '*') {
    throw new ProblemError(
      'invalid_request',
      'If-None-Match of a write must be *: only if there is none yet.',
    );
  }
  return { ifMatch, ifNoneMatch: ifNoneMatch === undefined ? undefined : '*' };
}
