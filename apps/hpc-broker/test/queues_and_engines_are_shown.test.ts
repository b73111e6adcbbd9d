import { randomUUID } from 'node:crypto';
import { takeLease } from '@groundwork/database';
import { eventually } from '@groundwork/service/testing';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { readEngines } from '../src/adapters/postgres/engine-views.ts';
import { readQueues } from '../src/adapters/postgres/queue-views.ts';
import { projectRules, ProjectFile } from '../src/domain/sharing/project-file.ts';
import { useDatabases } from './support/database.ts';
import { beats, led } from './support/engines.ts';
import { exit, job, openLedger } from './support/ledger.ts';

const databases = useDatabases();

describe('queues', () => {
  it('are shown of every project that has something waiting, under way or used', async () => {
    const { db, submit, placeAll, running, end } = openLedger(await databases.open());
    await submit(job({ project: 'climate', resources: { cores: 2 }, array: { size: 5, atOnce: 3 } }));
    await running((await placeAll(2)).slice(0, 1));
    await submit(job({ project: 'genomics', resources: { cores: 4 } }));
    await end(
      (await placeAll()).filter(({ spec }) => spec.project === 'genomics'),
      exit(0),
    );
    const rulesOf = projectRules(
      ProjectFile.parse({ projects: [{ name: 'climate', share: 2, maxCores: 16, maxQueued: 50 }] }),
    );
    const queues = await readQueues(db, rulesOf);
    expect(queues).toMatchObject([
      {
        project: 'climate',
        share: 2,
        maxCores: 16,
        maxQueued: 50,
        pending: 2,
        ready: 0,
        running: 3,
        runningCores: 6,
      },
      { project: 'genomics', share: 1, maxCores: null, maxQueued: null, pending: 0, ready: 0, running: 0 },
    ]);
    expect(queues[1]?.usage).toBeCloseTo(4, 0);
    expect(queues[1]?.standing).toBe(queues[1]?.usage);
  });
});

describe('an engine', () => {
  it('is shown as its broker says it, with what has been placed there', async () => {
    const { db, submit, placeAll } = openLedger(await databases.open());
    await led(db, { freeCores: 3, closed: 'it is full' });
    await submit(job({ array: { size: 2 } }));
    await placeAll();
    expect(await readEngines(db)).toMatchObject([
      {
        name: 'local',
        pool: 'local',
        kind: 'local',
        host: 'host of local',
        isAlive: true,
        cores: 8,
        freeCores: 3,
        freeMemoryMiB: 16_384,
        attempts: 2,
        closed: 'it is full',
        notes: [expect.stringContaining('rlimits')],
      },
    ]);
    expect(await readEngines(db, 'elsewhere')).toEqual([]);
  });

  it('beats as long as its broker leads it, and counts as gone three beats after', async () => {
    const { db } = await databases.open();
    const lease = await takeLease(db, 'engine:local', randomUUID(), 60);
    const beating = beats(db, { everyMs: 50, lease: () => lease });
    const seenAt = async () => (await readEngines(db))[0]?.seenAt;
    await beating.start?.();
    const first = await eventually(seenAt);
    await eventually(async () => ((await seenAt()) ?? '') > first);
    await sql`UPDATE leases SET expires_at = '-infinity'`.execute(db);
    await eventually(async () => (await readEngines(db))[0]?.isAlive === false);
    await beating.stop?.(AbortSignal.abort());
  });

  it('is said nothing of by who leads it no more', async () => {
    const { db } = await databases.open();
    const lease = await led(db, { freeCores: 8 });
    await sql`UPDATE leases SET expires_at = '-infinity'`.execute(db);
    await takeLease(db, 'engine:local', randomUUID(), 60);
    await expect(beats(db, { freeCores: 1, lease: () => lease }).beat()).rejects.toThrow('no longer held');
    expect(await readEngines(db)).toMatchObject([{ freeCores: 8 }]);
  });
});
