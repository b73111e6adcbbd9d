import { startTestPostgres, type TestPostgres } from '@groundwork/database/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHandler, type DatabaseEvent, type Sql } from '../handlers/service-database.ts';

let postgres: TestPostgres;
let address: URL;
let count = 0;

/** Its administrator is like that of RDS: no superuser, and hands on a role for replication. */
beforeAll(async () => {
  postgres = await startTestPostgres(process.env['POSTGRES_URL']);
  address = new URL(postgres.adminUrl);
  await query(postgres.adminUrl, `DROP ROLE IF EXISTS groundwork`).catch(() => undefined);
  for (const statement of [
    `CREATE ROLE groundwork LOGIN CREATEROLE CREATEDB PASSWORD 'admin'`,
    `CREATE ROLE rds_replication`,
    `GRANT rds_replication TO groundwork WITH ADMIN OPTION`,
  ]) {
    await query(postgres.adminUrl, statement);
  }
});
afterAll(() => postgres.stop());

async function query(url: string, statement: string): Promise<string[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<string[]>({ text: statement, rowMode: 'array' });
    return rows.map(([first]) => String(first));
  } finally {
    await client.end();
  }
}

const urlOf = (user: string, password: string, database: string): string =>
  `postgres://${user}:${password}@${address.host}/${database}`;

function newPlace(change: { sql?: (run: Sql) => Sql; name?: string } = {}) {
  const name = change.name ?? `service_${(count += 1)}`;
  let secret = JSON.stringify({ username: name, password: 'p4ssword' });
  const run: Sql = (statement) => query(urlOf('groundwork', 'admin', 'postgres'), statement);
  const handler = createHandler(() => (change.sql ?? ((same) => same))(run), {
    read: async () => secret,
    write: async (_arn, value) => void (secret = value),
  });
  const ask = (
    RequestType: DatabaseEvent['RequestType'],
    properties: Partial<DatabaseEvent['ResourceProperties']> = {},
  ) =>
    handler({
      RequestType,
      ResourceProperties: {
        Name: name,
        Replication: 'false',
        ClusterArn: 'arn:cluster',
        AdminSecretArn: 'arn:admin',
        SecretArn: 'arn:secret',
        Host: 'db.example.com',
        Port: '5432',
        ...properties,
      },
    });
  return {
    name,
    ask,
    secret: () => JSON.parse(secret) as Record<string, string>,
    setPassword: (password: string) =>
      (secret = JSON.stringify({ ...(JSON.parse(secret) as object), password })),
  };
}

describe('a service', () => {
  it('gets a database that it owns, a role that enters no other, and the address of it', async () => {
    const [one, other] = [newPlace(), newPlace()];
    expect(await one.ask('Create')).toEqual({ PhysicalResourceId: `arn:cluster/${one.name}` });
    await other.ask('Create');
    await query(urlOf(one.name, 'p4ssword', one.name), 'CREATE TABLE mine (id int)');
    await expect(query(urlOf(one.name, 'p4ssword', other.name), 'SELECT 1')).rejects.toThrow(
      'permission denied',
    );
    expect(one.secret()['url']).toBe(
      `postgres://${one.name}:p4ssword@db.example.com:5432/${one.name}?sslmode=verify-full`,
    );
  });

  it('that follows commits gets the role that RDS has for it', async () => {
    const place = newPlace();
    await place.ask('Create', { Replication: 'true' });
    expect(
      await query(postgres.adminUrl, `SELECT pg_has_role('${place.name}', 'rds_replication', 'member')`),
    ).toEqual(['true']);
  });

  it('keeps what it has, whatever is asked again', async () => {
    const place = newPlace();
    await place.ask('Create');
    await query(urlOf(place.name, 'p4ssword', place.name), 'CREATE TABLE mine AS SELECT 7 AS id');
    for (const type of ['Create', 'Update', 'Delete', 'Create'] as const) await place.ask(type);
    expect(await query(urlOf(place.name, 'p4ssword', place.name), 'SELECT id FROM mine')).toEqual(['7']);
  });

  it('has a new password as soon as a deployment has seen it', async () => {
    const place = newPlace();
    await place.ask('Create');
    place.setPassword('an@ther/one');
    await place.ask('Update');
    expect(await query(urlOf(place.name, 'an%40ther%2Fone', place.name), 'SELECT 1')).toEqual(['1']);
    expect(place.secret()['url']).toContain(':an%40ther%2Fone@');
  });
});

it.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'what breaks off at statement %i is completed when it is asked again',
  async (last) => {
    let asked = 0;
    const place = newPlace({
      sql: (run) => (statement) => {
        asked += 1;
        // Done, and nobody hears of it.
        if (asked === last) return run(statement).then(() => Promise.reject(new Error('the answer is lost')));
        return run(statement);
      },
    });
    const first = place.ask('Create', { Replication: 'true' });
    await expect(first).rejects.toThrow('the answer is lost');
    await place.ask('Create', { Replication: 'true' });
    expect(await query(urlOf(place.name, 'p4ssword', place.name), 'SELECT 1')).toEqual(['1']);
  },
);

it('two that do it at the same moment do no harm', async () => {
  const name = newPlace().name;
  const { promise: bothHaveLooked, resolve } = Promise.withResolvers<void>();
  let looked = 0;
  const both =
    (run: Sql): Sql =>
    async (statement) => {
      const answer = await run(statement);
      // Neither finds a role.
      if (statement.startsWith('SELECT rolname')) {
        looked += 1;
        if (looked === 2) resolve();
        await bothHaveLooked;
      }
      return answer;
    };
  const places = [newPlace({ sql: both, name }), newPlace({ sql: both, name })];
  const results = await Promise.allSettled(places.map((place) => place.ask('Create')));
  // Postgres may refuse one of two that write the same row; asked again it goes through.
  if (results.some(({ status }) => status === 'rejected')) await newPlace({ name }).ask('Create');
  expect(await query(urlOf(name, 'p4ssword', name), 'SELECT 1')).toEqual(['1']);
});

it('what could not be a name, and a secret without a password, are refused with what to do', async () => {
  await expect(newPlace({ name: `x"; DROP ROLE groundwork; --` }).ask('Create')).rejects.toThrow(
    'lower-case letters',
  );
  const place = newPlace();
  place.setPassword('');
  await expect(place.ask('Create')).rejects.toThrow('give it JSON with username and password');
});
