import { availableParallelism, cpus } from 'node:os';
import { readFeed } from './support/data.ts';
import type { Figure, Settings } from './support/figure.ts';
import { fitting } from './support/fitting.ts';
import { lookups } from './support/lookups.ts';
import { merging } from './support/merging.ts';
import { parsing } from './support/parsing.ts';
import { wholeProcess } from './support/whole-process.ts';

/** Address arithmetic beside what one would take otherwise, with outputs compared. */
export default {
  kind: 'figures',
  measure(
    { dataDir, entries = 1_000_000, rounds = 9 }: Settings,
    dir: string,
    progress: (text: string) => void,
  ) {
    const feed = readFeed(dataDir);
    const about = [
      `Feed: ${feed.about}`,
      `Node ${process.versions.node}, ${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores`,
      `${rounds} rounds in turn, by CPU time: the median, or for lookups the fastest; whole processes by the clock, the fastest`,
    ];
    const figures: Figure[] = [];
    const parts = {
      'whole processes': () => wholeProcess(entries, rounds, dir),
      merging: () => merging(feed, rounds),
      parsing: () => parsing(rounds),
      lookups: () => lookups(entries, rounds),
      fits: () => fitting(feed, rounds),
    };
    for (const [name, part] of Object.entries(parts)) {
      progress(`measuring ${name}`);
      figures.push(...part());
    }
    return Promise.resolve({ about, figures });
  },
};
