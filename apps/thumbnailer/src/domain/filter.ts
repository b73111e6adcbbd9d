import type { Sources } from '../ports/sources.ts';

/**
 * Whether thumbnails are made of an upload, by its key. Patterns are those of AWS
 * policies and EventBridge: `*` stands for any characters, also slashes. Case does
 * not count, because cameras write `.JPG`. Excluded goes before included.
 */
export function createNameFilter(include: readonly string[], exclude: readonly string[]) {
  const included = include.map(toRegExp);
  const excluded = exclude.map(toRegExp);
  return (key: string): boolean =>
    (included.length === 0 || included.some((pattern) => pattern.test(key))) &&
    !excluded.some((pattern) => pattern.test(key));
}

export type NameFilter = ReturnType<typeof createNameFilter>;

/** The uploads whose names are wanted; the others are not there. */
export function onlyWanted(sources: Sources, isWanted: NameFilter): Sources {
  return {
    head: async (ref) => (isWanted(ref.key) ? sources.head(ref) : undefined),
    read: async (ref, version, signal) =>
      isWanted(ref.key) ? sources.read(ref, version, signal) : undefined,
  };
}

function toRegExp(pattern: string): RegExp {
  return new RegExp(
    `^${pattern
      .split('*')
      .map((text) => RegExp.escape(text))
      .join('[^]*')}$`,
    'iu',
  );
}
