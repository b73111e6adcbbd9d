/** Does `work` for each, `most` at the same time. The first failure ends it, once all that had begun is over. */
export async function eachAtOnce<T>(
  items: AsyncIterable<T> | Iterable<T>,
  most: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const busy = new Set<Promise<void>>();
  const failures: unknown[] = [];
  try {
    for await (const item of items) {
      if (failures.length > 0) break;
      const one: Promise<void> = work(item)
        .catch((error: unknown) => void failures.push(error))
        .finally(() => busy.delete(one));
      busy.add(one);
      if (busy.size >= most) await Promise.race(busy);
    }
  } finally {
    await Promise.all(busy);
  }
  if (failures.length > 0) throw failures[0];
}
