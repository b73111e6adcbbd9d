import { notImplemented } from '../http/aws-error.ts';
import type { XmlNode } from '../http/xml.ts';
import { ec2Error } from './error.ts';
import type { Params, Tag } from './params.ts';

/** How many of something a page may have; without MaxResults it has the most. */
export interface PageSize {
  min: number;
  max: number;
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcs.html and its siblings */
export const DESCRIBE_PAGE: PageSize = { min: 5, max: 1_000 };
/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeManagedPrefixLists.html */
export const PREFIX_LIST_PAGE: PageSize = { min: 1, max: 100 };

/** What a filter compares its values with. */
export type FilterValues<T> = Readonly<Record<string, (item: T) => string | readonly string[] | undefined>>;

/** Those that match every filter, each with any of its values; `*` and `?` stand for any characters, any one. */
export function filtered<T extends { tags: Tag[] }>(
  items: readonly T[],
  params: Params,
  values: FilterValues<T>,
): T[] {
  const tests = params.filters().map(({ name, values: wanted }) => {
    const read = readerOf(name, values);
    if (read === undefined) throw notImplemented(`the filter ${name} of ec2:${params.action}`);
    const patterns = wanted.map(patternOf);
    return (item: T) => [read(item) ?? []].flat().some((value) => patterns.some((one) => one.test(value)));
  });
  return items.filter((item) => tests.every((test) => test(item)));
}

function readerOf<T extends { tags: Tag[] }>(name: string, values: FilterValues<T>) {
  if (name === 'tag-key') return (item: T) => item.tags.map(({ key }) => key);
  if (!name.startsWith('tag:')) return values[name];
  const wanted = name.slice('tag:'.length);
  return (item: T) => item.tags.find(({ key }) => key === wanted)?.value;
}

function patternOf(text: string): RegExp {
  const pattern = text
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${pattern}$`, 's');
}

/** One page in the order of `keyOf`; its token names the operation and the last key that was given. */
export function pageOf<T>(
  items: readonly T[],
  params: Params,
  size: PageSize,
  keyOf: (item: T) => string,
): { page: T[]; next: XmlNode } {
  const limit = limitOf(params, size);
  const token = params.text('NextToken');
  const after = token === undefined ? undefined : keyAfter(params.action, token);
  const rest = items
    .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    .filter((item) => after === undefined || keyOf(item) > after);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return {
    page,
    next: last !== undefined && rest.length > limit ? { nextToken: tokenOf(params.action, keyOf(last)) } : {},
  };
}

function limitOf(params: Params, { min, max }: PageSize): number {
  const text = params.text('MaxResults');
  if (text === undefined) return max;
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(limit >= min)) throw ec2Error.invalid('maxResults', text, `Expecting a value greater than ${min}.`);
  if (limit > max) throw ec2Error.invalid('maxResults', text, `Expecting a value less than ${max}.`);
  return limit;
}

function tokenOf(action: string, key: string): string {
  return Buffer.from(JSON.stringify([action, key])).toString('base64url');
}

function keyAfter(action: string, token: string): string {
  try {
    const [of, key] = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[];
    if (of === action && typeof key === 'string') return key;
  } catch {
    // Refused below, like that of another operation.
  }
  throw ec2Error.invalid('NextToken', token, 'The token is invalid.');
}
