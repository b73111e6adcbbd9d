import type { IncomingMessage } from 'node:http';

/** `/v1/resources/products/1`, `/v1/kv/sessions/a/b`, and `/batch-get` in place of the id. */
export interface ReadPath {
  kind: 'resources' | 'kv';
  name: string;
  /** As it stands in the URL. */
  rest: string;
  isBatch: boolean;
}

const PREFIXES = [
  ['/v1/resources/', 'resources'],
  ['/v1/kv/', 'kv'],
] as const;

/** Undefined for what is no read of an entry. What asks for a value with a query wants its lease. */
export function parsePath({ method, url = '' }: IncomingMessage): ReadPath | undefined {
  const isBatch = method === 'POST';
  if (!isBatch && method !== 'GET' && method !== 'HEAD') return undefined;
  for (const [prefix, kind] of PREFIXES) {
    if (!url.startsWith(prefix)) continue;
    const slash = url.indexOf('/', prefix.length);
    if (slash === -1) return undefined;
    const query = url.indexOf('?');
    if (query !== -1 && (kind === 'kv' || query < slash)) return undefined;
    const rest = url.slice(slash + 1, query === -1 ? undefined : query);
    if (rest === '' || (isBatch && rest !== 'batch-get')) return undefined;
    return { kind, name: url.slice(prefix.length, slash), rest, isBatch };
  }
  return undefined;
}
