/**
 * What has to be set, for the refusals that tell only what is not.
 * Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function explain(error: unknown): Error {
  const { code, message } = error as { code?: unknown; message: string };
  const hint = hintFor(String(code), message);
  if (hint === undefined) return error instanceof Error ? error : new Error(String(error));
  return new Error(`${hint} (Postgres: ${message})`, { cause: error });
}

function hintFor(code: string, message: string): string | undefined {
  if (code === '55000' && message.includes('wal_level')) {
    return 'Logical decoding is off: set wal_level = logical and restart Postgres; on RDS and Aurora set rds.logical_replication = 1 in the parameter group and reboot';
  }
  if (code === '53400' && message.includes('replication slots')) {
    return 'All replication slots are in use: drop those that nobody follows (pg_replication_slots), or raise max_replication_slots';
  }
  if (code === '53300' && message.includes('max_wal_senders')) {
    return 'All walsenders are in use: raise max_wal_senders';
  }
  if (code === '42501' && /replication|WAL sender|walsender/i.test(message)) {
    return 'The role may not replicate: ALTER ROLE … REPLICATION as a superuser; on RDS and Aurora GRANT rds_replication TO …';
  }
  return undefined;
}
