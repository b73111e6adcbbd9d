import type { Request } from 'express';

/** Whether the client has this very answer already (If-None-Match, weak comparison as RFC 9110 asks). */
export function isFresh(req: Request, etag: string): boolean {
  const given = req.get('if-none-match');
  if (given === undefined) return false;
  return given.split(',').some((item) => {
    const value = item.trim().replace(/^W\//, '');
    return value === '*' || value === `"${etag}"`;
  });
}
