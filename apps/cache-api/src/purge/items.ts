/** What a CDN is told to forget: `#tag`, fit for CloudFront, or `/path` with an optional `*` at its end. */
export type PurgeItem = string;

const KEY = '#key:';

/** CloudFront does not tell tags by their case: what it takes for one is one here too, and paid for once. */
export function canonical(item: PurgeItem): PurgeItem {
  if (item.startsWith('#')) return item.toLowerCase();
  if (item.startsWith('/')) return item;
  throw new TypeError(`${JSON.stringify(item)} is neither a #tag nor a /path`);
}

/** `products` of `#key:products/1`; undefined for what is not the tag of one key. */
export function collectionOf(item: PurgeItem): string | undefined {
  const slash = item.indexOf('/');
  return item.startsWith(KEY) && slash > KEY.length ? item.slice(KEY.length, slash) : undefined;
}

/** The tag that everything in a collection has. */
export const wholeOf = (collection: string): PurgeItem => `#all:${collection}`;
