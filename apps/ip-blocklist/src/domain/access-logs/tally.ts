import { format, parse } from '@groundwork/ip-ranges';
import { isReserved } from '../reserved.ts';
import type { LoggedRequest } from './request.ts';
import type { LogRule } from './rule-file.ts';

/** So many requests of one client met a rule in one window. */
export interface Hits {
  rule: string;
  /** A network in canonical form. */
  client: string;
  /** When the window began, in ms since 1970. */
  since: number;
  count: number;
}

/** Counts, per rule, client and window, so as not to keep the requests. */
export class Tally {
  readonly #rules: readonly LogRule[];
  readonly #hits = new Map<string, Hits>();
  readonly #clients = new Map<string, string | undefined>();

  constructor(rules: readonly LogRule[]) {
    this.#rules = rules;
  }

  /** Of all counts and names that are kept. */
  get size(): number {
    return this.#hits.size + this.#clients.size;
  }

  add(request: LoggedRequest): void {
    for (const rule of this.#rules) {
      if (!meets(request, rule)) continue;
      const client = this.#clientOf(request.client, rule.ipv6Prefix);
      if (client === undefined) continue;
      const window = rule.windowSeconds * 1_000;
      const since = Math.floor(request.at / window) * window;
      const key = `${rule.name} ${client} ${since}`;
      const hits = this.#hits.get(key);
      if (hits === undefined) this.#hits.set(key, { rule: rule.name, client, since, count: 1 });
      else hits.count += 1;
    }
  }

  /** What has been counted since it was taken last. */
  take(): Hits[] {
    const hits = [...this.#hits.values()];
    this.#hits.clear();
    this.#clients.clear();
    return hits;
  }

  /** Undefined for what is no address, and for those that nobody outside has. */
  #clientOf(text: string, ipv6Prefix: number): string | undefined {
    const key = `${text} ${ipv6Prefix}`;
    if (this.#clients.has(key)) return this.#clients.get(key);
    const client = networkOf(text, ipv6Prefix);
    this.#clients.set(key, client);
    return client;
  }
}

function networkOf(text: string, ipv6Prefix: number): string | undefined {
  const parsed = parse(text);
  if (!parsed.ok || isReserved(parsed.range)) return undefined;
  const { family } = parsed.range;
  const network = family === 4 ? parsed : parse(`${text}/${ipv6Prefix}`);
  return network.ok ? format(network.range) : undefined;
}

function meets(request: LoggedRequest, { log, match }: LogRule): boolean {
  return (
    request.log === log &&
    (match.status === undefined || match.status.includes(request.status)) &&
    (match.method === undefined || match.method.includes(request.method)) &&
    (match.action === undefined || match.action.includes(request.action)) &&
    (match.path === undefined || match.path.some((pattern) => pattern.walk(request.path).isMatch))
  );
}
