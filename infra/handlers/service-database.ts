import { DatabaseResumingException, ExecuteStatementCommand, RDSDataClient } from '@aws-sdk/client-rds-data';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { setTimeout as delay } from 'node:timers/promises';

/** Runs one statement as the cluster's administrator, outside any transaction, and answers with its first column. */
export type Sql = (statement: string) => Promise<string[]>;

export interface Secrets {
  read(arn: string): Promise<string>;
  write(arn: string, value: string): Promise<void>;
}

export interface DatabaseEvent {
  RequestType: 'Create' | 'Update' | 'Delete';
  PhysicalResourceId?: string;
  ResourceProperties: {
    /** Of the database and its role. */
    Name: string;
    /** Whether the role may follow commits through a replication slot: 'true' or 'false'. */
    Replication: string;
    ClusterArn: string;
    AdminSecretArn: string;
    /** JSON with username and password, to which the url is added. */
    SecretArn: string;
    Host: string;
    Port: string;
  };
}

/**
 * Gives a service a database, and a role that owns it and cannot enter those of others, on a cluster that only the Data API
 * reaches from here. May run any number of times, also half-way: each step looks first, and one that somebody else
 * did at the same moment is taken for done. Nothing is ever dropped.
 */
export function createHandler(sqlOn: (clusterArn: string, adminSecretArn: string) => Sql, secrets: Secrets) {
  return async ({ RequestType, PhysicalResourceId, ResourceProperties }: DatabaseEvent) => {
    const { Name: name, Replication, ClusterArn, AdminSecretArn, SecretArn, Host, Port } = ResourceProperties;
    const PhysicalId = `${ClusterArn}/${name}`;
    if (RequestType === 'Delete') return { PhysicalResourceId: PhysicalResourceId ?? PhysicalId };
    if (!/^[a-z][a-z_0-9]{0,30}$/.test(name)) {
      throw new Error(`Name ${JSON.stringify(name)}: take up to 31 lower-case letters, digits and _`);
    }
    const sql = sqlOn(ClusterArn, AdminSecretArn);
    const secret = JSON.parse(await secrets.read(SecretArn)) as { password?: string; url?: string };
    if (secret.password === undefined || secret.password === '') {
      throw new Error(`${SecretArn} has no password: give it JSON with username and password`);
    }
    const password = `PASSWORD '${secret.password.replaceAll("'", "''")}'`;
    const exists = async (table: string, column: string, value: string): Promise<boolean> =>
      (await sql(`SELECT ${column} FROM ${table} WHERE ${column} = '${value}'`)).length > 0;

    if (!(await exists('pg_roles', 'rolname', name))) {
      await unless(DUPLICATE_ROLE, () => sql(`CREATE ROLE "${name}" LOGIN`));
    }
    await sql(`ALTER ROLE "${name}" LOGIN ${password}`);
    if (Replication === 'true') {
      // RDS has a role for it; elsewhere it is an attribute.
      const isRds = await exists('pg_roles', 'rolname', 'rds_replication');
      await sql(isRds ? `GRANT rds_replication TO "${name}"` : `ALTER ROLE "${name}" REPLICATION`);
    }
    if (!(await exists('pg_database', 'datname', name))) {
      // Only who belongs to a role may give it a database.
      await sql(`GRANT "${name}" TO CURRENT_USER`);
      await unless(DUPLICATE_DATABASE, () => sql(`CREATE DATABASE "${name}" OWNER "${name}"`));
    }
    await sql(`REVOKE CONNECT ON DATABASE "${name}" FROM PUBLIC`);

    const url = `postgres://${name}:${encodeURIComponent(secret.password)}@${Host}:${Port}/${name}?sslmode=verify-full`;
    if (secret.url !== url) await secrets.write(SecretArn, JSON.stringify({ ...secret, url }));
    return { PhysicalResourceId: PhysicalId };
  };
}

/** SQLSTATE, see PostgreSQL's appendix A; the Data API has it in its messages. */
const DUPLICATE_ROLE = '42710';
const DUPLICATE_DATABASE = '42P04';

async function unless(state: string, act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code !== state && !message.includes(`SQLState: ${state}`)) throw error;
  }
}

/** A cluster that has paused takes some 15 s to be back. */
const RESUME_ATTEMPTS = 12;
const RESUME_MS = 5_000;

function dataApi(client: RDSDataClient): Parameters<typeof createHandler>[0] {
  return (resourceArn, secretArn) => async (sql) => {
    const command = new ExecuteStatementCommand({ resourceArn, secretArn, database: 'postgres', sql });
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { records = [] } = await client.send(command);
        return records.map(([first]) => first?.stringValue ?? '');
      } catch (error) {
        if (!(error instanceof DatabaseResumingException) || attempt === RESUME_ATTEMPTS) throw error;
        await delay(RESUME_MS);
      }
    }
  };
}

function secretsManager(client: SecretsManagerClient): Secrets {
  return {
    async read(SecretId) {
      const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId }));
      return SecretString;
    },
    async write(SecretId, SecretString) {
      await client.send(new PutSecretValueCommand({ SecretId, SecretString }));
    },
  };
}

export const handler = createHandler(
  dataApi(new RDSDataClient()),
  secretsManager(new SecretsManagerClient()),
);
