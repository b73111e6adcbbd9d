import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { clientAddress } from './headers.ts';

/** Who asks, as the outermost layer sees it. */
export interface Client {
  /** The source address of the connection. */
  address: string;
  /** As the client sent them: anything may be in them. */
  headers: IncomingHttpHeaders;
}

export function clientOf(req: IncomingMessage): Client {
  return { address: clientAddress(req), headers: req.headers };
}

/** ISO 3166-1 alpha-2; undefined for an address that nobody has placed. */
export type CountryOf = (address: string) => string | undefined;
