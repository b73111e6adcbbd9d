import { startTestPostgres } from '@groundwork/database/testing';
import { spawn } from 'node:child_process';
import { Client } from 'pg';
import { load } from '/work/main/apps/cache-api/bench/support/load.ts';
import { setTimeout as delay } from 'node:timers/promises';
const postgres = await startTestPostgres();
const url = await postgres.createDatabase();
const c = new Client({ connectionString: url });
await c.connect();
await c.query(`CREATE TABLE records (id int PRIMARY KEY, name text, payload text);
  INSERT INTO records SELECT g, 'record ' || lpad(g::text, 4, '0'), repeat(md5(g::text), 30) FROM generate_series(1, 100) AS g;`);
await c.end();
const child = spawn(
  process.execPath,
  [
    '--disable-warning=ExperimentalWarning',
    '--cpu-prof',
    '--cpu-prof-dir=/tmp/w/prof',
    '/work/main/apps/cache-api/src/main.ts',
  ],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      DATABASE_URL: url,
      PORT: '28888',
      LOG_LEVEL: 'error',
      AUTH_MODE: 'none',
      INVALIDATION: 'off',
      CHECKED_SHARE: '0',
      RESOURCES_YAML:
        'resources: [{ name: records, table: records, ttl: 1d, jitter: 0, earlyRefresh: 0, visibility: shared }]',
    },
  },
);
await delay(3000);
for (let i = 0; i < 0; i++) {}
const path = '/v1/resources/records/1';
await load(28888, { path }, { count: 10, connections: 1, status: 200 });
const r = await fetch('http://127.0.0.1:28888' + path);
const etag = r.headers.get('etag')!;
await r.text();
await load(28888, process.argv[2] === '304' ? { path, headers: { 'if-none-match': etag } } : { path }, {
  count: 300000,
  connections: 16,
  status: process.argv[2] === '304' ? 304 : 200,
});
child.kill('SIGTERM');
await new Promise((r) => child.once('exit', r));
await postgres.stop();
process.exit(0);
