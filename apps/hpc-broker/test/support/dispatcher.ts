import { randomUUID } from 'node:crypto';
import { takeLease, type Database } from '@groundwork/database';
import { eventually } from '@groundwork/service/testing';
import { createDispatching } from '../../src/adapters/postgres/dispatching.ts';
import { createOutputLog } from '../../src/adapters/postgres/output.ts';
import type { StagingSettings } from '../../src/dispatch/attend.ts';
import { Bell } from '../../src/dispatch/bell.ts';
import { keepDispatching } from '../../src/dispatch/dispatch.ts';
import type { Engine } from '../../src/ports/engine.ts';
import type { OutputLog } from '../../src/ports/output.ts';
import { logger } from './database.ts';
import type { Ledger } from './ledger.ts';

export interface DispatcherOptions {
  staging?: StagingSettings;
  keepBytes?: number;
  /** What stands between it and the table of what attempts write. */
  through?: (log: OutputLog) => OutputLog;
}

/** One process that dispatches to one engine. `stop`: as when its lease is lost, it writes nothing more. */
export async function startDispatcher(
  { db, pool }: Database<unknown>,
  engine: Engine,
  { staging, keepBytes, through = (log) => log }: DispatcherOptions = {},
): Promise<{ bell: Bell; stop: () => Promise<void> }> {
  const taken = await takeLease(db, `engine:${engine.name}`, randomUUID(), 600);
  if (taken === undefined) throw new Error('Another dispatcher of the test has the lease');
  const bell = new Bell();
  const ended = new AbortController();
  const dispatching = createDispatching({
    db,
    lease: taken,
    engine: engine.name,
    pool: 'local',
    rulesOf: () => ({ share: 1, maxCores: undefined, maxQueued: undefined }),
  });
  const output = { log: through(createOutputLog({ db, lease: taken, keepBytes })), keepBytes };
  const running = keepDispatching(
    { engine, dispatching, bell, logger, vanishedMs: 1_000, staging, output },
    ended.signal,
  );
  return {
    bell,
    async stop() {
      ended.abort();
      await running;
      await pool.query(`UPDATE leases SET expires_at = '-infinity'`);
    },
  };
}

/** In which state, and why, once nothing of it is open. */
export function endOfJob(ledger: Ledger, id: string): Promise<{ state: string; reason: string | null }> {
  return eventually(
    async () => {
      const { open, ...ended } = await ledger.job(id);
      return open === 0 && ended;
    },
    { withinMs: 15_000, what: `the end of job ${id}` },
  );
}
