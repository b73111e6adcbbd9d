import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';

/** RFC 9110 section 7.6.1: about this connection only. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
/** What a client may say about itself is worth nothing: these are set here or not at all. */
const FORWARDING = new Set([
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
]);

/** `::ffff:127.0.0.1` → `127.0.0.1` */
export function addressOf(socket: Socket): string {
  return (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}

export function clientAddress(req: IncomingMessage): string {
  return addressOf(req.socket);
}

/** What the service is told about the request: the client's own headers, and who it really is. */
export function forwardedHeaders(req: IncomingMessage): IncomingHttpHeaders {
  return {
    ...endToEnd(req.headers, FORWARDING),
    'x-forwarded-for': clientAddress(req),
    'x-forwarded-proto': 'http',
    'x-forwarded-port': String(req.socket.localPort ?? ''),
  };
}

/** What goes back to the client. */
export function responseHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return endToEnd(headers, new Set());
}

function endToEnd(headers: IncomingHttpHeaders, dropped: ReadonlySet<string>): IncomingHttpHeaders {
  const named = (headers.connection ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) => !HOP_BY_HOP.has(name) && !dropped.has(name) && !named.includes(name),
    ),
  );
}
