import { startTestPostgres } from '@groundwork/database/testing';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { hitRatios } from './hit-ratios.ts';
import { comparing } from './support/comparing.ts';
import type { Figure, Settings } from './support/figure.ts';
import { stampede } from './support/stampede.ts';

const ROUNDS = 21;
/** About 1 KB as JSON. */
const TABLES = `
  CREATE TABLE records (id int PRIMARY KEY, name text, payload text);
  INSERT INTO records SELECT g, 'record ' || lpad(g::text, 4, '0'), repeat(md5(g::text), 30) FROM generate_series(1, 100) AS g;
  CREATE SEQUENCE loads;`;

/** The real service beside what a team would write, on the same machine in the same rounds. */
export default {
  kind: 'figures',
  async measure({ dataDir, rounds = ROUNDS }: Settings, dir: string, progress: (text: string) => void) {
    const about = [
      `CPU of the server per request, all threads, from the kernel's own account; the lower quartile of ${rounds} rounds in turn; 1 KB of JSON, the same headers`,
      `Node ${process.versions.node}, ${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores`,
    ];
    const postgres = await startTestPostgres(undefined, { onDisk: true });
    try {
      const url = await postgres.createDatabase();
      const client = new Client({ connectionString: url });
      await client.connect();
      await client.query(TABLES);
      await client.end();
      const figures: Figure[] = await comparing(url, { dir, rounds, progress });
      figures.push(...(await stampede(url, progress)), ...policies(dataDir));
      return { about, figures };
    } finally {
      await postgres.stop();
    }
  },
};

/** On requests of a real site, recorded. */
function policies(dataDir: string | undefined): Figure[] {
  const what = 'hit ratio on web07';
  if (dataDir === undefined)
    return [{ what, measured: 'skipped: BENCH_DATA names no folder with web07.trace' }];
  return hitRatios(join(dataDir, 'web07.trace'), [250, 500, 1_000]).map(({ entries, ratios }) => ({
    what: `${what}, ${entries} entries`,
    measured: Object.entries(ratios)
      .map(([name, ratio]) => `${name} ${(100 * ratio).toFixed(1)} %`)
      .join(', '),
  }));
}
