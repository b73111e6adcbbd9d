import type { Forget } from '../domain/cache/local.ts';

const KINDS = ['keys', 'tags', 'namespaces'] as const;

/** What fits into messages of so many bytes of JSON, besides what each of them has around it. */
export function* split(what: Forget, maxBytes: number): Generator<Required<Forget>> {
  let part = empty();
  let bytes = 0;
  for (const kind of KINDS) {
    for (const name of what[kind] ?? []) {
      const size = Buffer.byteLength(JSON.stringify(name)) + 1;
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

const empty = () => ({ keys: [] as string[], tags: [] as string[], namespaces: [] as string[] });
