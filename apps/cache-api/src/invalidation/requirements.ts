import type { Pool } from 'pg';

/** Throws, saying what to set, where the stream could not be followed or would stand in the way of the writers. */
export async function requireSettings(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ walLevel: string; standbys: string; isStandby: boolean }>(
    `SELECT current_setting('wal_level') AS "walLevel", current_setting('synchronous_standby_names') AS standbys,
       pg_is_in_recovery() AS "isStandby"`,
  );
  const { walLevel, standbys, isStandby } = rows[0] ?? { walLevel: '', standbys: '', isStandby: false };
  if (isStandby) throw new Error('DATABASE_URL names a standby: commits are followed on the primary');
  if (walLevel !== 'logical') {
    throw new Error(
      `Logical decoding is off (wal_level is ${walLevel}): set wal_level = logical and restart Postgres; on RDS and Aurora set rds.logical_replication = 1 in the parameter group and reboot`,
    );
  }
  // Commits would wait for us to confirm them, and we for them to become visible.
  if (standbys.includes('*')) {
    throw new Error(
      `synchronous_standby_names is ${JSON.stringify(standbys)}, which also means this stream: name the standbys in it`,
    );
  }
}
