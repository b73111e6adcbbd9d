import { loadConfig } from '@groundwork/service';
import { Client } from 'pg';
import { Config, HOST } from './config.ts';

/** `npm run sql -- DATABASE STATEMENT`: for machines without psql. */
const [database, statement] = process.argv.slice(2);
if (database === undefined || statement === undefined) {
  process.stderr.write(
    'Usage: npm run sql -- DATABASE STATEMENT     for example: npm run sql -- cache "SELECT id, name FROM products LIMIT 3"\n',
  );
  process.exit(1);
}
const { POSTGRES_PORT } = loadConfig(Config, process);
const client = new Client({
  connectionString: `postgres://postgres:postgres@${HOST}:${POSTGRES_PORT}/${database}`,
});
try {
  await client.connect();
  const { command, rowCount, rows } = await client.query<Record<string, unknown>>(statement);
  if (rows.length > 0) console.table(rows);
  process.stdout.write(`${command} ${rowCount ?? ''}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  await client.end();
}
