/** Both take any batch as it comes. */
const unchecked = Object.fromEntries(
  [
    'an invalidation without a caller reference',
    'an invalidation of nothing',
    'a number of paths that is not that of the items',
    'a path without its slash',
    'a wildcard within a path',
    'two wildcards at the end of a path',
    'a path with a blank',
    'a path that is not ASCII',
    'a path of 4,001 characters',
    'a tag of 257 characters',
    'a tag with a comma',
    'a tag with a wildcard',
    'an empty tag',
    'a batch of 3,001 paths',
    'sixteen wildcards',
  ].map((what) => [`${what} cannot be invalidated`, 'batches are not checked']),
);

const both: Readonly<Record<string, string>> = {
  ...unchecked,
  'tags of a distribution without CacheTagConfig are refused': 'taken as paths',
};

export const motoInvalidations: Readonly<Record<string, string>> = {
  ...both,
  'an invalidation is in progress at first, and completed in the end': 'is COMPLETED at once',
  'the same invalidation again is the one that is there': 'caller references are ignored',
  'a caller reference with other paths is refused': 'caller references are ignored',
  'invalidations are listed in pages, the newest first': 'the oldest come first',
};

export const ministackInvalidations: Readonly<Record<string, string>> = {
  ...both,
  'an invalidation is in progress at first, and completed in the end': 'is Completed at once',
  'a caller reference with other paths is refused':
    'refused as the API reference says (InvalidationBatchAlreadyExists), not as CloudFront does',
  'invalidations are listed in pages, the newest first': 'MaxItems is ignored',
};
