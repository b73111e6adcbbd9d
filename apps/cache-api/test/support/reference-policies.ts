/** Whether a request hits; what is not there is put there. Slow, and as the papers have it, with sizes of 1. */
type Reference = (entries: number) => (key: number) => boolean;

function lru(entries: number): (key: number) => boolean {
  const here = new Set<number>();
  return (key) => {
    const isHit = here.delete(key);
    if (!isHit && here.size === entries) here.delete([...here][0]!);
    here.add(key);
    return isHit;
  };
}

/** NSDI '24, algorithm 1. Index 0 is the head. */
function sieve(entries: number): (key: number) => boolean {
  const queue: { key: number; visited: boolean }[] = [];
  let hand: { key: number; visited: boolean } | undefined;
  return (key) => {
    const found = queue.find((one) => one.key === key);
    if (found !== undefined) {
      found.visited = true;
      return true;
    }
    if (queue.length === entries) {
      let at = hand === undefined ? queue.length - 1 : queue.indexOf(hand);
      while (queue[at]!.visited) {
        queue[at]!.visited = false;
        at = at === 0 ? queue.length - 1 : at - 1;
      }
      hand = queue[at - 1];
      queue.splice(at, 1);
    }
    queue.unshift({ key, visited: false });
    return false;
  };
}

/** SOSP '23, algorithm 1, with a ghost queue of as many as there are entries when one leaves. */
function s3fifo(entries: number): (key: number) => boolean {
  const small: { key: number; freq: number }[] = [];
  const main: { key: number; freq: number }[] = [];
  const ghosts: number[] = [];
  const evictMain = (): void => {
    for (;;) {
      const last = main.pop()!;
      if (last.freq === 0) return;
      last.freq -= 1;
      main.unshift(last);
    }
  };
  const evict = (): void => {
    while (small.length >= 0.1 * entries || main.length === 0) {
      const last = small.pop()!;
      if (last.freq > 1) main.unshift({ key: last.key, freq: 0 });
      else {
        ghosts.unshift(last.key);
        ghosts.length = Math.min(ghosts.length, small.length + main.length);
        return;
      }
    }
    evictMain();
  };
  return (key) => {
    const found = [...small, ...main].find((one) => one.key === key);
    if (found !== undefined) {
      found.freq = Math.min(found.freq + 1, 3);
      return true;
    }
    if (small.length + main.length === entries) evict();
    const ghost = ghosts.indexOf(key);
    if (ghost >= 0) ghosts.splice(ghost, 1);
    (ghost >= 0 ? main : small).unshift({ key, freq: 0 });
    return false;
  };
}

export const references: Record<'lru' | 'sieve' | 's3-fifo', Reference> = { lru, sieve, 's3-fifo': s3fifo };
