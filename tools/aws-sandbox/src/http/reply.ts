import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** An answer that is ready but not sent yet, so that a fault can still swallow it. */
export interface Reply {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body?: string | Readable;
}

export async function sendReply(req: IncomingMessage, res: ServerResponse, reply: Reply): Promise<void> {
  if (res.destroyed) return closeBody(reply);
  // A refused upload: read what the client is still sending, so that it sees the answer.
  if (!req.readableEnded) req.resume();
  const { body } = reply;
  if (body === undefined || typeof body === 'string') {
    const bytes = Buffer.from(body ?? '');
    const length: Record<string, number> =
      reply.status === 204 || reply.status === 304 ? {} : { 'content-length': bytes.length };
    res.writeHead(reply.status, { ...length, ...reply.headers });
    res.end(req.method === 'HEAD' ? undefined : bytes);
    return;
  }
  res.writeHead(reply.status, reply.headers);
  try {
    await pipeline(body, res);
  } catch {
    // The client went away: nothing is owed to it.
    res.destroy();
  }
}

export function closeBody(reply: Reply): void {
  if (typeof reply.body === 'object') reply.body.destroy();
}
