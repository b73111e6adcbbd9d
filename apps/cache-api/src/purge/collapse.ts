/** Tags of keys of one collection that wait. */
export interface Crowd {
  collection: string;
  keys: number;
  /** The collection's own tag waits too, and covers them. */
  isCovered: boolean;
}

/**
 * The collections whose keys become one tag: those that are covered by it anyhow, those of which more than `above`
 * wait, and, as long as more waits than may be sent, the largest others. That invalidates more than has changed,
 * but misses nothing, and a collection that so much changes in has little left to lose.
 */
export function toCollapse(
  crowds: readonly Crowd[],
  { waiting, left, above }: { waiting: number; left: number; above: number },
): string[] {
  const savedBy = ({ keys, isCovered }: Crowd): number => (isCovered ? keys : keys - 1);
  const isForced = ({ keys, isCovered }: Crowd): boolean => isCovered || keys > above;
  const chosen = crowds.filter(isForced);
  let rest = waiting - chosen.reduce((sum, crowd) => sum + savedBy(crowd), 0);
  const others = crowds.filter((crowd) => !isForced(crowd) && crowd.keys > 1);
  for (const crowd of others.toSorted((a, b) => b.keys - a.keys)) {
    if (rest <= left) break;
    chosen.push(crowd);
    rest -= savedBy(crowd);
  }
  return chosen.map(({ collection }) => collection);
}
