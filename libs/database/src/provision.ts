import { Client, escapeIdentifier, escapeLiteral } from 'pg';

/**
 * Gives a service a database and a role of its own, which owns it and can enter no other. Does
 * nothing when they are there, except that the password is made the given one. In AWS, infra
 * does this; here it is for development and tests.
 */
export async function provisionDatabase(
  adminUrl: string,
  service: {
    name: string;
    password: string;
    /** Lets the role follow commits through a replication slot. It is not taken back when it is not asked for. */
    replication?: boolean;
  },
): Promise<string> {
  const { name, password, replication } = service;
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const role = escapeIdentifier(name);
    const exists = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [name]);
    await client.query(
      `${exists.rowCount === 0 ? 'CREATE' : 'ALTER'} ROLE ${role} LOGIN ${replication === true ? 'REPLICATION ' : ''}PASSWORD ${escapeLiteral(password)}`,
    );
    const database = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (database.rowCount === 0) await client.query(`CREATE DATABASE ${role} OWNER ${role}`);
    await client.query(`REVOKE CONNECT ON DATABASE ${role} FROM PUBLIC`);
  } finally {
    await client.end();
  }
  const url = new URL(adminUrl);
  Object.assign(url, { username: name, password, pathname: `/${name}` });
  return url.href;
}
