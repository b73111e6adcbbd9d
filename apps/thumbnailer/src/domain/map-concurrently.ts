/** Maps with at most `limit` calls under way. Rejects with the first failure, starting nothing more. */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  limit: number,
  map: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  // An iterator that all share. A generator, because it can be ended; those of arrays cannot.
  const entries = each(items);
  const worker = async (): Promise<void> => {
    // A failure leaves the loop, which ends the generator for the others too.
    for (const [i, item] of entries) results[i] = await map(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}

function* each<T>(items: readonly T[]): Generator<[number, T]> {
  yield* items.entries();
}
