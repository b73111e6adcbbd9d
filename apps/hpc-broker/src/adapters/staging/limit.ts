/** Lets at most so many be done at the same time; the others are in line. */
export type Limit = <T>(work: () => Promise<T>) => Promise<T>;

export function createLimit(most: number): Limit {
  const waiting: (() => void)[] = [];
  let busy = 0;
  return async (work) => {
    if (busy < most) busy += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // Its turn goes to the next one.
      const next = waiting.shift();
      if (next === undefined) busy -= 1;
      else next();
    }
  };
}
