import { startTestPostgres } from '@groundwork/database/testing';
import { Client } from 'pg';
import { load } from './support/load.ts';
import { startService } from './support/service.ts';
import { startChild } from './support/child.ts';
import { replyOf, save } from './support/reply.ts';
import { cpuMicroseconds, median } from './support/cpu.ts';
const postgres = await startTestPostgres();
const url = await postgres.createDatabase();
const c = new Client({ connectionString: url });
await c.connect();
await c.query(`CREATE TABLE records (id int PRIMARY KEY, name text, payload text);
  INSERT INTO records SELECT g, 'record ' || lpad(g::text, 4, '0'), repeat(md5(g::text), 30) FROM generate_series(1, 100) AS g;`);
await c.end();
const YAML = `resources: [{ name: records, table: records, ttl: 1d, jitter: 0, earlyRefresh: 0, visibility: shared }]`;
const svc = await startService(url, { RESOURCES_YAML: YAML });
const path = '/v1/resources/records/1';
await replyOf(`http://127.0.0.1:${svc.port}${path}`, {});
const reply = await replyOf(`http://127.0.0.1:${svc.port}${path}`, {});
save('/tmp/w/rr.json', { [path]: reply });
const bare = await startChild(
  [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    'bench/servers/bare.ts',
    '28901',
    '/tmp/w/rr.json',
  ],
  28901,
);
const cs = [
  ['x', bare, { path }, 200],
  ['l1', svc, { path }, 200],
  ['bare304', bare, { path, headers: { 'if-none-match': reply.etag } }, 304],
  ['304', svc, { path, headers: { 'if-none-match': reply.etag } }, 304],
] as const;
const out: Record<string, number[]> = {};
for (let r = 0; r < 8; r++)
  for (const [n, run, req, status] of cs) {
    const u = () => cpuMicroseconds(run.pids()[0]!);
    const b = u();
    await load(run.port, req, { count: 6000, connections: 16, status });
    (out[n] ??= []).push((u() - b) / 6000);
  }
for (const [n, v] of Object.entries(out))
  console.log(n, median(v.slice(2)).toFixed(1), v.map((x) => x.toFixed(0)).join(' '));
await svc.stop();
await bare.stop();
await postgres.stop();
process.exit(0);
