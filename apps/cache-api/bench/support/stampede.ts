import { Client } from 'pg';
import { startRedis } from '../../test/support/servers.ts';
import type { Figure } from './figure.ts';
import { load } from './load.ts';
import { startService } from './service.ts';

const CALLERS = 1_000;
const YAML = `resources: [{ name: slow, ttl: 1d, query: "SELECT :id::int AS id, nextval('loads') AS load FROM pg_sleep(0.2)", key: { id: int }, dependsOn: [{ table: records }] }]`;

/** A thousand callers of one cold key at each of two processes. */
export async function stampede(databaseUrl: string, progress: (text: string) => void): Promise<Figure[]> {
  progress('stampede');
  const redis = await startRedis();
  const settings = {
    RESOURCES_YAML: YAML,
    STORE: 'redis',
    REDIS_URL: `redis://127.0.0.1:${redis.port}`,
    STORE_TIMEOUT_MS: '1000',
  };
  const instances = [await startService(databaseUrl, settings), await startService(databaseUrl, settings)];
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const path = '/v1/resources/slow/1';
    const burst = { count: CALLERS, connections: CALLERS, status: 200 };
    await Promise.all(instances.map(({ port }) => load(port, { path }, burst)));
    const { rows } = await client.query<{ last_value: string }>('SELECT last_value FROM loads');
    const queries = Number(rows[0]?.last_value);
    return [
      {
        what: `queries for ${CALLERS} callers of a cold key at each of 2 processes`,
        measured: String(queries),
        limit: 'exactly 1',
        held: queries === 1,
      },
    ];
  } finally {
    await client.end();
    await Promise.all(instances.map((instance) => instance.stop()));
    await redis.kill();
  }
}
