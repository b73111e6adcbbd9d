import { collectionOf } from '../domain/cache/collection.ts';
import type { Forget } from '../domain/cache/local.ts';

const KINDS = ['keys', 'tags', 'namespaces'] as const;

/**
 * What fits into messages of so many bytes of JSON, besides what each of them has around it. A key that fits into
 * none stands for all of its collection: other names are much shorter.
 */
export function* split(given: Forget, maxBytes: number): Generator<Required<Forget>> {
  const what = fitting(given, maxBytes);
  let part = empty();
  let bytes = 0;
  for (const kind of KINDS) {
    for (const name of what[kind] ?? []) {
      const size = sizeOf(name);
      if (bytes > 0 && bytes + size > maxBytes) {
        yield part;
        part = empty();
        bytes = 0;
      }
      part[kind].push(name);
      bytes += size;
    }
  }
  if (bytes > 0) yield part;
}

function fitting({ keys = [], tags = [], namespaces = [] }: Forget, maxBytes: number): Required<Forget> {
  const long = keys.filter((key) => sizeOf(key) > maxBytes);
  if (long.length === 0) return { keys, tags, namespaces };
  const whole = new Set([...namespaces, ...long.map(collectionOf)]);
  return { keys: keys.filter((key) => sizeOf(key) <= maxBytes), tags, namespaces: [...whole] };
}

const sizeOf = (name: string): number => Buffer.byteLength(JSON.stringify(name)) + 1;

const empty = () => ({ keys: [] as string[], tags: [] as string[], namespaces: [] as string[] });
