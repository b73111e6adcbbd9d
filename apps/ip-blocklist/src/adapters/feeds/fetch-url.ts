import type { IncomingMessage } from 'node:http';
import { Truncated, type Fetched, type Validators } from '../../ports/feeds.ts';
import { safeRequest, type SafeRequestParts } from './safe-request.ts';
import { collect, unpack } from './unpack.ts';

export interface UrlLimits {
  maxBytes: number;
  timeoutSeconds: number;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];
/** Some servers of lists refuse whoever does not say who they are. */
const USER_AGENT = 'groundwork-ip-blocklist/0.1';

/** Gets a list from a web server that is not trusted: see safe-request.ts for where it may lead. */
export async function fetchUrl(
  parts: SafeRequestParts,
  from: string,
  known: Validators | undefined,
  limits: UrlLimits,
  stopping: AbortSignal,
): Promise<Fetched> {
  // For all of it: a server that sends a byte a second gets no further.
  const deadline = AbortSignal.timeout(limits.timeoutSeconds * 1_000);
  const signal = AbortSignal.any([deadline, stopping]);
  try {
    const answer = await follow(parts, new URL(from), conditions(known), signal);
    try {
      return await read(answer, known, limits.maxBytes);
    } finally {
      answer.destroy();
    }
  } catch (error) {
    if (deadline.aborted && !stopping.aborted) {
      throw new Error(`it took longer than ${limits.timeoutSeconds} s (timeoutSeconds)`, { cause: error });
    }
    throw error;
  }
}

async function follow(
  parts: SafeRequestParts,
  from: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  let url = from;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    // Credentials are for the origin that was configured.
    const credentials = url.origin === from.origin ? credentialsOf(from) : {};
    const answer = await safeRequest(parts, url, { ...headers, ...credentials }, signal);
    if (!REDIRECTS.includes(answer.statusCode ?? 0)) return answer;
    answer.destroy();
    url = redirectedTo(answer.headers.location, url);
  }
  throw new Error(`it was redirected more than ${MAX_REDIRECTS} times`);
}

function redirectedTo(location: string | undefined, from: URL): URL {
  if (location === undefined || !URL.canParse(location, from.href)) {
    throw new Error('it was redirected to nowhere');
  }
  const url = new URL(location, from);
  if (from.protocol === 'https:' && url.protocol !== 'https:') {
    throw new Error(`it was redirected from https to ${url.protocol.slice(0, -1)}`);
  }
  return url;
}

async function read(
  answer: IncomingMessage,
  known: Validators | undefined,
  maxBytes: number,
): Promise<Fetched> {
  const { statusCode, headers } = answer;
  if (statusCode === 304 && known !== undefined) return { kind: 'unchanged' };
  if (statusCode !== 200) throw new Error(`it answered with status ${statusCode}`);
  const body = await collect(answer, maxBytes).catch((error: unknown) => {
    // Also when there is less than content-length has promised, or the last chunk is missing.
    if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') throw truncated();
    throw error;
  });
  if (!answer.complete) throw truncated();
  const bytes = await unpack(body, headers['content-encoding'], maxBytes);
  const validators = { etag: headers.etag ?? null, lastModified: headers['last-modified'] ?? null };
  return { kind: 'copy', bytes, validators };
}

function truncated(): Truncated {
  return new Truncated('it is truncated: the connection broke off');
}

function conditions(known: Validators | undefined): Record<string, string> {
  return {
    'user-agent': USER_AGENT,
    accept: '*/*',
    'accept-encoding': 'gzip, br',
    ...(known?.etag == null ? {} : { 'if-none-match': known.etag }),
    ...(known?.lastModified == null ? {} : { 'if-modified-since': known.lastModified }),
  };
}

function credentialsOf({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(text).toString('base64')}` };
}
