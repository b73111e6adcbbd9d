import { STREAM, TIMES } from '../catalogue.ts';
import type { Fault } from './fault.ts';

export const OF_DATABASE: readonly Fault[] = [
  {
    name: 'connections are cut',
    mayFail: true,
    extraMs: 0,
    async run({ world: { admin } }) {
      await admin.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name <> 'soak' AND pid <> pg_backend_pid()`,
      );
    },
  },
  {
    name: 'walsender is cut',
    mayFail: false,
    extraMs: 0,
    async run({ world: { admin } }) {
      const text = 'SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = $1';
      await admin.query(text, [STREAM]);
    },
  },
  {
    name: 'database restarts',
    mayFail: true,
    extraMs: 3_000,
    run: ({ world: { postgres } }) => postgres.restart(),
  },
  {
    // So that loads and writes run into their timeouts.
    name: 'table is locked',
    mayFail: true,
    extraMs: 0,
    async run({ world: { admin } }, pause) {
      const client = await admin.connect();
      try {
        await client.query(
          `BEGIN; SET LOCAL statement_timeout = '3s'; LOCK TABLE products IN ACCESS EXCLUSIVE MODE`,
        );
        await pause(TIMES.hard + TIMES.database);
      } finally {
        await client.query('ROLLBACK').catch(() => undefined);
        client.release();
      }
    },
  },
];
