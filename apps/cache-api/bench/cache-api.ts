import { startTestPostgres } from '@groundwork/database/testing';
import { availableParallelism, cpus } from 'node:os';
import { Client } from 'pg';
import { comparing } from './support/comparing.ts';
import type { Figure, Settings } from './support/figure.ts';
import { stampede } from './support/stampede.ts';

const ROUNDS = 11;
/** About 1 KB as JSON. */
const TABLES = `
  CREATE TABLE records (id int PRIMARY KEY, name text, payload text);
  INSERT INTO records SELECT g, 'record ' || lpad(g::text, 4, '0'), repeat(md5(g::text), 30) FROM generate_series(1, 100) AS g;
  CREATE SEQUENCE loads;`;

/** The real service beside what a team would write, on the same machine in the same rounds. */
export default {
  kind: 'figures',
  async measure({ dataDir: _, rounds = ROUNDS }: Settings, dir: string, progress: (text: string) => void) {
    const about = [
      `CPU of the server per request, all threads, from the kernel's own account; the median of ${rounds} rounds in turn; 1 KB of JSON, the same headers`,
      `Node ${process.versions.node}, ${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores`,
    ];
    const postgres = await startTestPostgres();
    try {
      const url = await postgres.createDatabase();
      const client = new Client({ connectionString: url });
      await client.connect();
      await client.query(TABLES);
      await client.end();
      const figures: Figure[] = await comparing(url, { dir, rounds, progress });
      figures.push(...(await stampede(url, progress)));
      return { about, figures };
    } finally {
      await postgres.stop();
    }
  },
};
