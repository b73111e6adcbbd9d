import type { XmlNode } from '../http/xml.ts';
import { autoScalingError } from './error.ts';

interface Page {
  MaxRecords?: number | undefined;
  NextToken?: string | undefined;
}

/** One page in the order of `keyOf`, that begins behind what the token names. */
export function pageOf<T>(
  items: readonly T[],
  { MaxRecords, NextToken }: Page,
  usual: number,
  keyOf: (item: T) => string,
  order: 'ascending' | 'descending' = 'ascending',
): { page: T[]; next: XmlNode } {
  const limit = MaxRecords ?? usual;
  const after = NextToken === undefined ? undefined : readToken(NextToken);
  const isBefore = (a: string, b: string) => (order === 'ascending' ? a < b : a > b);
  const rest = items
    .toSorted((a, b) => (isBefore(keyOf(a), keyOf(b)) ? -1 : 1))
    .filter((item) => after === undefined || isBefore(after, keyOf(item)));
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const more = last !== undefined && rest.length > limit;
  return { page, next: more ? { NextToken: Buffer.from(`after:${keyOf(last)}`).toString('base64url') } : {} };
}

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.startsWith('after:')) throw autoScalingError.badToken();
  return text.slice('after:'.length);
}
