import { eventually } from '@groundwork/service/testing';
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { projectRules, ProjectFile } from '../src/domain/sharing/project-file.ts';
import { retryAfterSeconds } from '../src/domain/sharing/retry-after.ts';
import { createRoom, type Room } from '../src/room.ts';
import { QueueFull } from '../src/submit.ts';
import { useDatabases } from './support/database.ts';
import { exit, job, openLedger } from './support/ledger.ts';

const databases = useDatabases();
const open: Room[] = [];
afterEach(async () => {
  for (const room of open.splice(0)) await room.stop?.(AbortSignal.abort());
});

async function scene({ maxQueued = 1_000, everyMs = 20, projects = [] as object[] } = {}) {
  const ledger = openLedger(await databases.open());
  const rulesOf = projectRules(ProjectFile.parse({ projects }));
  const room = createRoom({ db: ledger.db, rulesOf, maxQueued, everyMs });
  open.push(room);
  return { ...ledger, room };
}
const isFull = (room: Room, elements: number, project = 'default'): string | undefined => {
  try {
    room.check(project, elements);
    return undefined;
  } catch (error) {
    if (!(error instanceof QueueFull)) throw error;
    expect(error.retryAfterSeconds).toBeGreaterThanOrEqual(1);
    expect(error.retryAfterSeconds).toBeLessThanOrEqual(60);
    return error.message;
  }
};

describe('a queue', () => {
  it('that is full refuses more, says what waits and when to come again, and takes more once there is room', async () => {
    const { submit, room, placeAll, end } = await scene({ maxQueued: 10 });
    await submit(job({ array: { size: 8 } }));
    await room.start?.();
    expect(isFull(room, 3)).toBe('8 elements wait in all, and 10 may: 3 more have to come later');
    await end(await placeAll(), exit(0));
    await eventually(() => isFull(room, 3) === undefined);
  });

  it('counts what was accepted since it looked last', async () => {
    const { room } = await scene({ maxQueued: 10, everyMs: 60_000 });
    await room.start?.();
    expect(isFull(room, 6)).toBeUndefined();
    expect(isFull(room, 4)).toBeUndefined();
    expect(isFull(room, 1)).toMatch(/^10 elements wait in all/);
  });

  it('of one element is counted as one', async () => {
    const { room } = await scene({ maxQueued: 1, everyMs: 60_000 });
    await room.start?.();
    expect(isFull(room, 1)).toBeUndefined();
    expect(isFull(room, 1)).toBe('1 element waits in all, and 1 may: 1 more has to come later');
  });

  it('that is full of one project has room for others', async () => {
    const { submit, room } = await scene({ projects: [{ name: 'climate', maxQueued: 5 }] });
    await submit(job({ project: 'climate', array: { size: 5 } }));
    await room.start?.();
    expect(isFull(room, 1, 'climate')).toMatch(/^5 elements wait in project climate, and 5 may/);
    expect(isFull(room, 1, 'genomics')).toBeUndefined();
  });

  it('says of what would never fit that it has to be made smaller', async () => {
    const { room } = await scene({ maxQueued: 10 });
    await room.start?.();
    expect(isFull(room, 11)).toBe(
      '11 elements are more than the 10 that may wait in all: submit them in smaller parts',
    );
  });

  it('goes on with its last count while it cannot be counted', async () => {
    const { submit, room, db } = await scene({ maxQueued: 10 });
    await submit(job({ array: { size: 8 } }));
    await room.start?.();
    await sql`ALTER TABLE elements RENAME TO away`.execute(db);
    expect(isFull(room, 3)).toMatch(/^8 elements wait/);
    expect(isFull(room, 2)).toBeUndefined();
    expect(isFull(room, 1)).toMatch(/^10 elements wait/);
    await sql`ALTER TABLE away RENAME TO elements`.execute(db);
    await eventually(() => isFull(room, 2) === undefined);
  });
});

describe('whoever is told to come again', () => {
  it.each([
    ['as soon as the places are likely to be free', [100, 50], 100, 2],
    ['not before a second', [1_000, 0], 1, 1],
    ['after a minute at most', [100, 99], 1_000, 60],
    ['after a minute when nothing moves', [100, 100], 1, 60],
    ['after a minute when it grows', [100, 200], 1, 60],
    ['after a minute when nothing is known', [100], 1, 60],
  ])('comes %s', (_title, counts, places, seconds) => {
    const samples = counts.map((waiting, at) => ({ waiting, atMs: at * 1_000 }));
    expect(retryAfterSeconds(samples, places)).toBe(seconds);
  });
});
