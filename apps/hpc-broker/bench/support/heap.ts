// For --import: live objects as of a broker that has much to remember, many and small, for the collector to walk.
const BYTES = Number(new URL(import.meta.url).searchParams.get('mb')) * 1e6;

function fill(): { at: number; name: string }[][] {
  const all: { at: number; name: string }[][] = [];
  while (process.memoryUsage().heapUsed < BYTES) {
    all.push(Array.from({ length: 10_000 }, (_, at) => ({ at, name: `${all.length}-${at}` })));
  }
  return all;
}

/** Exported, so that the module keeps them alive. */
export const held = fill();
