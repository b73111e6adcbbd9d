import { lookup as lookupHost } from 'node:dns/promises';
import { once } from 'node:events';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps, type RequestOptions } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import type { Reach } from './public-addresses.ts';

/** All addresses of a host. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export const resolveBySystem: Resolve = async (host) =>
  (await lookupHost(host, { all: true })).map(({ address }) => address);

export interface SafeRequestParts {
  reach: Reach;
  resolve: Resolve;
}

/** Of an answer, in bytes: what servers of files send has a few hundred. */
const MAX_HEADERS = 16_384;

/**
 * One GET, without following redirects. It connects to an address that was checked, and to no other:
 * the name is resolved once, by us, so that it cannot mean something else a moment later (DNS rebinding).
 */
export async function safeRequest(
  { reach, resolve }: SafeRequestParts,
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new Error(`${url.protocol} is neither https nor http`);
  }
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  // Odd spellings, as 0x7f.1 or 2130706433, are ordinary ones since the URL was parsed.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  // Nobody looks up what is an address already.
  if (isIP(host) !== 0 && !reach.allows(host, port)) throw unreachable(host, port);
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  const options: RequestOptions & { autoSelectFamily: true } = {
    host,
    port,
    path: `${url.pathname}${url.search}`,
    headers: { ...headers, host: url.host },
    // Each on a connection of its own, which ends with it.
    agent: false,
    maxHeaderSize: MAX_HEADERS,
    // All of them are asked for, and the first that answers is taken. RFC 8305
    autoSelectFamily: true,
    lookup: checkedLookup(resolve, (address) => reach.allows(address, port), port),
    signal,
    ...(isIP(host) === 0 ? { servername: host } : {}),
  };
  const sent = send(options);
  sent.end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return answer;
}

/** Every address of a host that may be connected to; an error when there is none. */
function checkedLookup(
  resolve: Resolve,
  isAllowed: (address: string) => boolean,
  port: number,
): LookupFunction {
  return callbackify(async (host: string, _options: unknown) => {
    const addresses = await resolve(host);
    const checked = addresses.filter(isAllowed);
    if (checked.length === 0) throw unreachable(addresses.join(', ') || host, port);
    return checked.map((address) => ({ address, family: isIP(address) }));
  });
}

function unreachable(address: string, port: number): Error {
  return new Error(
    `${address} port ${port} is not a public web server (FEEDS_ALLOW_PRIVATE lets it through)`,
  );
}
