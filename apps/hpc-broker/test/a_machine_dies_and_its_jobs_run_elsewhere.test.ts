import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renewLease, takeLease, type Database } from '@groundwork/database';
import { eventually } from '@groundwork/service/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDispatching } from '../src/adapters/postgres/dispatching.ts';
import { createEngineBeats } from '../src/adapters/postgres/engine-beats.ts';
import { Bell } from '../src/dispatch/bell.ts';
import { keepDispatching } from '../src/dispatch/dispatch.ts';
import { createWatch } from '../src/watch/compose.ts';
import { logger, useDatabases } from './support/database.ts';
import { job, openLedger, type Ledger } from './support/ledger.ts';
import { LocalBase } from './support/local-engines.ts';

const ORPHAN_SECONDS = 1;
const LEASE_SECONDS = 2;
/** Longer than the lease, and than killing takes. */
const MARGIN_SECONDS = 3;

const databases = useDatabases();
const rulesOf = () => ({ share: 1, maxCores: undefined, maxQueued: undefined });
let database: Database<unknown>;
let ledger: Ledger;
const endings: (() => Promise<unknown> | undefined | void)[] = [];

beforeEach(async () => {
  database = await databases.open();
  ledger = openLedger(database);
});
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

/** A broker on a machine of its own. `die` leaves everything as a power cut does, but for the spawner. */
async function broker(name: string) {
  const { db } = database;
  const base = await LocalBase.make();
  endings.push(() => base.close());
  const life = new AbortController();
  const local = await base.engine({
    slots: 1,
    orphanSeconds: ORPHAN_SECONDS,
    holdsLease: () => !life.signal.aborted,
  });
  const engine = { ...local, name };
  const lease = (await takeLease(db, `engine:${name}`, randomUUID(), LEASE_SECONDS))!;
  const renewing = setInterval(() => void renewLease(db, lease, LEASE_SECONDS), 200);
  const beats = createEngineBeats({
    db,
    engine,
    offer: () => ({ purchase: ['owned'], sharesCores: true }),
    pool: 'local',
    notes: () => engine.describe(),
    orphanSeconds: ORPHAN_SECONDS,
    lease: () => lease,
    everyMs: 100,
    logger,
  });
  await beats.start?.();
  const dispatching = createDispatching({ db, lease, engine: name, pool: 'local', rulesOf });
  const bell = new Bell();
  const running = keepDispatching({ engine, dispatching, bell, logger, vanishedMs: 1_000 }, life.signal);
  const die = async (): Promise<void> => {
    clearInterval(renewing);
    life.abort();
    await running;
    await beats.stop?.(AbortSignal.abort());
  };
  endings.push(die);
  return { die, base };
}

it('what ran on a machine that dies is run again on another one, and never on both at once', async () => {
  const watch = createWatch({
    db: database.db,
    rulesOf,
    marginSeconds: MARGIN_SECONDS,
    everyMs: 100,
    logger,
  });
  await watch.start?.();
  endings.push(() => watch.stop?.(AbortSignal.abort()));
  const first = await broker('local@first');
  const file = join(first.base.dir, 'who');
  const { a = '' } = await ledger.submit(
    job({
      command: undefined,
      shell: `if test $GROUNDWORK_ATTEMPT = 1; then while :; do echo first >>${file}; sleep 0.02; done; fi; echo second >>${file}`,
      retries: { infrastructure: 1, backoffSeconds: 0 },
    }),
  );
  await eventually(async () => (await ledger.job(a)).state === 'running');
  await first.die();
  await broker('local@second');
  await eventually(async () => (await ledger.job(a)).state === 'succeeded', { withinMs: 20_000 });
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  expect(lines.at(-1)).toBe('second');
  expect(lines.filter((line) => line === 'second')).toHaveLength(1);
  expect(lines.filter((line) => line === 'first').length).toBeGreaterThan(10);
  const { rows } = await database.pool.query('SELECT engine, cause FROM attempts ORDER BY number');
  expect(rows).toEqual([
    { engine: 'local@first', cause: 'lost' },
    { engine: 'local@second', cause: 'success' },
  ]);
});
