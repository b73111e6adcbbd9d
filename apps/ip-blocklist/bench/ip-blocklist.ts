import { availableParallelism, cpus } from 'node:os';
import { startTestPostgres } from '@groundwork/database/testing';
import { bulk } from './support/bulk.ts';
import { enforcing } from './support/enforcing.ts';
import { readFeed } from './support/feed.ts';
import { findings } from './support/findings.ts';
import { log } from './support/log.ts';
import type { Figure, Settings } from './support/figure.ts';

/** In one burst. */
const FINDINGS = 10_000;
/** Compressed. */
const LOG_BYTES = 1e9;

/** The real service, a real Postgres, and an account that takes one write a second. */
export default {
  kind: 'figures',
  async measure({ dataDir, entries = 1_000_000 }: Settings, dir: string, progress: (text: string) => void) {
    const feed = readFeed(dataDir, entries);
    const about = [
      `Feed: ${feed.about}`,
      `Node ${process.versions.node}, ${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, which the service, Postgres, the sandbox and the benchmark share`,
    ];
    const postgres = await startTestPostgres(undefined, { onDisk: true });
    try {
      const figures: Figure[] = await enforcing(feed, postgres, dir, progress);
      figures.push(...(await bulk(entries, postgres, progress)));
      figures.push(...(await findings(Math.min(FINDINGS, entries), postgres, dir, progress)));
      figures.push(...(await log(Math.min(1, entries / 1_000_000) * LOG_BYTES, postgres, dir, progress)));
      return { about, figures };
    } finally {
      await postgres.stop();
    }
  },
};
