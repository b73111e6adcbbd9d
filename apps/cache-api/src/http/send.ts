import { requestIdFrom } from '@groundwork/service';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from '../domain/cache/answer.ts';
import type { Collection } from '../domain/cache/collection.ts';
import { ageOf, cacheStatus, fixedHeaders, type FlatHeaders } from './cache-headers.ts';

/** Of an answer, whether it is sent by Express or not. */
export interface Sending {
  collection: Collection;
  id: string;
  answer: Answer;
  now: number;
}

/** The bytes as they are cached, or 304 when the client has them already. Something absent is not for this. */
export function send(req: IncomingMessage, res: ServerResponse, sending: Sending): void {
  const { entry } = sending.answer;
  const headers = headersFor(req, sending);
  if (isKnown(req.headers['if-none-match'], entry.etag)) {
    res.writeHead(304, without(headers, 'content-length')).end();
    return;
  }
  res.writeHead(200, headers);
  if (req.method === 'HEAD') res.end();
  else res.end(entry.body);
}

/** Also for what is absent, whose 404 may be kept too. */
export function headersFor(req: IncomingMessage, { collection, id, answer, now }: Sending): FlatHeaders {
  const { headers } = req;
  const hasCredentials =
    headers.authorization !== undefined || headers.cookie !== undefined || headers['x-api-key'] !== undefined;
  return [
    ...fixedHeaders(collection, id, answer.entry, hasCredentials),
    'age',
    String(ageOf(answer.entry, now)),
    'cache-status',
    cacheStatus(answer, now),
    'x-request-id',
    requestIdFrom(headers['x-request-id']),
  ];
}

/** Weak comparison, as RFC 9110 asks for If-None-Match. `etag` has its quotes. */
export function isKnown(given: string | undefined, etag: string): boolean {
  if (given === undefined) return false;
  if (given === etag) return true;
  return given.split(',').some((item) => {
    const value = item.trim();
    return value === '*' || value === etag || value === `W/${etag}`;
  });
}

function without(headers: FlatHeaders, name: string): FlatHeaders {
  const at = headers.indexOf(name);
  return at === -1 ? headers : headers.toSpliced(at, 2);
}
