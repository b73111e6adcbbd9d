import { randomBytes } from 'node:crypto';
import type { NextFunction, RequestHandler, Response } from 'express';
import type { Logger } from '../logger.ts';
import type { Principal } from '../auth/principal.ts';

declare module 'express-serve-static-core' {
  interface Request {
    /** Taken from `x-request-id` when the caller gave a sane one, else made here. */
    id: string;
    log: Logger;
    principal?: Principal;
  }
}

/** Random per process and counted: as unique as random ones, and made by the million. */
const PROCESS = randomBytes(12).toString('base64url');
let count = 0;

const SANE_REQUEST_ID = /^[\w.:-]{1,128}$/;

/** The caller's id if it is fit for logs and headers, else a new one. */
export function requestIdFrom(given: unknown): string {
  if (typeof given === 'string' && SANE_REQUEST_ID.test(given)) return given;
  count += 1;
  return `${PROCESS}-${count.toString(36)}`;
}

/** Gives every request an id that also goes back in the answer, and a logger that carries it. */
export function requestContext(logger: Logger): RequestHandler {
  return (req, res: Response, next: NextFunction): void => {
    const given = req.get('x-request-id');
    req.id = requestIdFrom(given);
    req.log = logger.child({ requestId: req.id });
    res.setHeader('x-request-id', req.id);
    const began = performance.now();
    res.once('close', () => {
      const entry = {
        method: req.method,
        path: req.originalUrl,
        status: res.statusCode,
        client: req.ip,
        ms: Math.round(performance.now() - began),
        ...(res.writableFinished ? {} : { aborted: true }),
      };
      const probe = req.path === '/healthz' || req.path === '/readyz' || req.path === '/metrics';
      req.log[res.statusCode >= 500 ? 'error' : probe ? 'debug' : 'info'](
        entry,
        `${req.method} ${req.path} ${res.statusCode}`,
      );
    });
    next();
  };
}
