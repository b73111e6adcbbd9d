import type { IncomingMessage } from 'node:http';
import type { Reply } from './reply.ts';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/**
 * The sandbox has no authentication, so web pages in the developer's browser must be
 * kept out: those that bend a host name to this address by the Host allow-list, those
 * of other sites by what browsers say of themselves. Returns the refusal, if any.
 */
export function refuseWebPages(req: IncomingMessage, allowedHosts: readonly string[]): Reply | undefined {
  const host = (req.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  if (!LOOPBACK_NAMES.includes(host) && !allowedHosts.includes(host)) {
    return refusal(`The host ${host || '(none)'} is not served here; see SANDBOX_ALLOWED_HOSTS.`);
  }
  const { origin } = req.headers;
  const foreign =
    origin !== undefined && !(URL.canParse(origin) && LOOPBACK_NAMES.includes(new URL(origin).hostname));
  if (req.headers['sec-fetch-site'] === 'cross-site' || foreign) {
    return refusal(`A page of another site (${origin ?? 'unknown'}) sent this request.`);
  }
  return undefined;
}

function refusal(why: string): Reply {
  return {
    status: 403,
    headers: { 'content-type': 'text/plain', 'x-content-type-options': 'nosniff' },
    body: `${why}\n`,
  };
}
