import type { Held, Listed } from '../../ports/feeds.ts';

/** What turns the entries of a feed into what it lists. */
export interface Difference {
  /** To be written: new ones, those listed again, and those with another confidence. */
  put: Listed[];
  added: number;
  changed: number;
  /** No longer listed. */
  leave: string[];
}

export function differenceOf(
  held: ReadonlyMap<string, Held>,
  listed: ReadonlyMap<string, number>,
): Difference {
  const put: Listed[] = [];
  let changed = 0;
  for (const [subject, confidence] of listed) {
    const before = held.get(subject);
    if (before?.isListed === true && before.confidence === confidence) continue;
    if (before?.isListed === true) changed += 1;
    put.push({ subject, confidence });
  }
  const leave = [...held].flatMap(([subject, { isListed }]) =>
    isListed && !listed.has(subject) ? [subject] : [],
  );
  return { put, added: put.length - changed, changed, leave };
}
