/** From a commit to its change being visible nowhere any more, in ms, over the last transactions. */
export interface Lag {
  lastMs: number | null;
  p50Ms: number | null;
  p99Ms: number | null;
  /** Since this process started. */
  count: number;
}

const KEPT = 1_000;

export function createLag(): { add(ms: number): void; read(): Lag } {
  const last: number[] = [];
  let count = 0;
  return {
    add(ms) {
      last[count % KEPT] = ms;
      count += 1;
    },
    read() {
      const sorted = last.toSorted((a, b) => a - b);
      const at = (share: number): number | null => sorted[Math.ceil(sorted.length * share) - 1] ?? null;
      return { lastMs: last[(count - 1) % KEPT] ?? null, p50Ms: at(0.5), p99Ms: at(0.99), count };
    },
  };
}
