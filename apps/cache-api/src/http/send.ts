import { requestIdFrom } from '@groundwork/service';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { cacheHeaders, type Answering, type FlatHeaders } from './cache-headers.ts';

export type Sending = Omit<Answering, 'hasCredentials'>;

/** The bytes as they are cached, or 304 when the client has them already. Something absent is not for this. */
export function send(req: IncomingMessage, res: ServerResponse, sending: Sending): void {
  const { entry } = sending.answer;
  const given = req.headers['if-none-match'];
  if (given !== undefined && isKnown(given, entry.etag)) {
    res.writeHead(304, headersFor(req, sending, 304)).end();
    return;
  }
  res.writeHead(200, headersFor(req, sending));
  if (req.method === 'HEAD') res.end();
  else res.end(entry.body);
}

/** Also for what is absent, whose 404 may be kept too. */
export function headersFor(
  { headers }: IncomingMessage,
  sending: Sending,
  status: 200 | 304 = 200,
): FlatHeaders {
  const hasCredentials =
    headers.authorization !== undefined || headers.cookie !== undefined || headers['x-api-key'] !== undefined;
  const all = cacheHeaders({ ...sending, hasCredentials }, status);
  all.push('x-request-id', requestIdFrom(headers['x-request-id']));
  return all;
}

/** Weak comparison, as RFC 9110 asks for If-None-Match. `etag` has its quotes. */
export function isKnown(given: string, etag: string): boolean {
  if (given === etag) return true;
  return given.split(',').some((item) => {
    const value = item.trim();
    return value === '*' || value === etag || value === `W/${etag}`;
  });
}
