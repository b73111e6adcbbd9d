import { invalidRequest } from './error.ts';
import type { Paged } from './shapes.ts';

const MOST = 100;

/** One page; its token names the list and where the next begins. */
export function pageOf<T>(
  list: string,
  items: readonly T[],
  { MaxResults, NextToken }: Paged,
): { page: T[]; next: { NextToken?: string } } {
  // The model allows 0, and does not say what it means.
  const size = MaxResults === undefined || MaxResults === 0 ? MOST : MaxResults;
  const from = NextToken === undefined ? 0 : offsetIn(list, NextToken);
  const to = from + size;
  const page = items.slice(from, to);
  return { page, next: items.length > to ? { NextToken: tokenOf(list, to) } : {} };
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
  throw invalidRequest(`Invalid NextToken ${token}`);
}
