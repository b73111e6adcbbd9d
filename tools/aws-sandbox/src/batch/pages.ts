import { batchError } from './error.ts';

/** One page; its token names the list and where the next begins. */
export function pageOf<T>(
  list: string,
  items: readonly T[],
  { maxResults, nextToken }: { maxResults?: number | undefined; nextToken?: string | undefined },
  most: number,
): { page: T[]; next: { nextToken?: string } } {
  const size = maxResults ?? most;
  if (size < 1 || size > most) throw batchError.client(`maxResults must be between 1 and ${most}`);
  const from = nextToken === undefined ? 0 : offsetIn(list, nextToken);
  const page = items.slice(from, from + size);
  const more = items.length > from + size;
  return { page, next: more ? { nextToken: tokenOf(list, from + size) } : {} };
}

function tokenOf(list: string, offset: number): string {
  return Buffer.from(JSON.stringify([list, offset])).toString('base64url');
}

function offsetIn(list: string, token: string): number {
  try {
    const [of, offset] = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[];
    if (of === list && typeof offset === 'number') return offset;
  } catch {
    // Refused below, as that of another list.
  }
  throw batchError.client(`Invalid nextToken ${token}`);
}
