import { ProblemError } from '../http/problems.ts';
import type { Authenticate, Principal } from './principal.ts';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];
const MOST_KNOWN = 100;
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Types that a web page cannot send to another origin without asking first (CORS preflight). */
const UNFORGEABLE_TYPES =
  /^(application\/(json|[\w.+-]+\+json|yaml|x-yaml|x-ndjson|octet-stream)|text\/yaml)\b/;

/**
 * `AUTH_MODE=none`: everyone may do everything, so what must be kept out are the
 * web pages in the developer's own browser. DNS rebinding is stopped by the Host
 * allow-list, cross-site requests by Origin and Sec-Fetch-Site, and forms and
 * image tags by the content type.
 */
export function allowLocalDevelopment(options: { extraHosts?: readonly string[] } = {}): Authenticate {
  const hosts = new Set([...LOOPBACK_NAMES, ...(options.extraHosts ?? [])].map((name) => name.toLowerCase()));
  /** As they came, with port: there are few, and they come again and again. */
  const known = new Set<string>();
  const isKnown = (given: string): boolean => {
    if (known.has(given)) return true;
    if (!hosts.has(hostName(given))) return false;
    if (known.size < MOST_KNOWN) known.add(given);
    return true;
  };
  const everybody: Principal = { subject: 'development', scopes: new Set(['*']) };
  return ({ method = '', headers }) => {
    const host = headers.host ?? '';
    if (!isKnown(host)) {
      throw new ProblemError(
        'unknown_host',
        `Host ${hostName(host) || '(none)'} is not in the allow-list (AUTH_ALLOWED_HOSTS).`,
      );
    }
    const site = headers['sec-fetch-site'];
    const navigation = SAFE_METHODS.has(method) && headers['sec-fetch-mode'] === 'navigate';
    // An <img> on the developer's own page: the browser shows it, but lets no script read it.
    const embedded = SAFE_METHODS.has(method) && headers['sec-fetch-dest'] === 'image';
    if (site !== undefined && site !== 'same-origin' && site !== 'none' && !navigation && !embedded) {
      throw new ProblemError('foreign_origin', `A page from another site (${site}) sent this request.`);
    }
    const { origin } = headers;
    if (origin !== undefined && !isOwnOrigin(origin, headers.host ?? '')) {
      throw new ProblemError('foreign_origin', `A page from ${origin} sent this request.`);
    }
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    // Without a body and a type it is no form: what browsers send of one has an Origin (Fetch standard, 3.2).
    if (!SAFE_METHODS.has(method) && (hasBody || headers['content-type'] !== undefined)) {
      const type = headers['content-type'] ?? '(none)';
      if (!UNFORGEABLE_TYPES.test(type)) {
        throw new ProblemError(
          'unsupported_media_type',
          `Without authentication, writes need a JSON, YAML or octet-stream content type, not ${type}.`,
        );
      }
    }
    return everybody;
  };
}

function hostName(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}

function isOwnOrigin(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
