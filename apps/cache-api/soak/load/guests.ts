import { setTimeout as delay } from 'node:timers/promises';
import { anInstance, type Soak } from '../soak.ts';
import { VIEWS, type Row } from '../truth/rows.ts';
import { SINGLE } from './reads.ts';
import { chance, oneOf } from './zipf.ts';

/** A statement whose answer was lost has ended by then, in ms: its timeout, and a little. */
const ENDED_MS = 8_000;
const AGAIN_MS = 500;

/** Rows that come and go, one writer for each at a time. A deletion counts as half a version. */
export function createGuests(soak: Soak) {
  const { caller, confirmed, world, rows, signal } = soak;
  const guests = rows.filter(({ isGuest }) => isGuest);
  const isThere = (row: Row): boolean => row.absentUpTo < row.known;

  async function change(): Promise<void> {
    const row = oneOf(guests);
    if (row.isBusy) return;
    row.isBusy = true;
    const isSure = isThere(row) ? await (chance(0.5) ? leave(row) : leaveThrough(row)) : await come(row);
    if (!isSure) await find(row);
    row.isBusy = false;
  }

  async function come(row: Row): Promise<boolean> {
    const text = `INSERT INTO products (id, shelf, category, note) VALUES ($1, $2, $3, 'guest') RETURNING v`;
    const values = [row.id, row.shelf, String(row.category)];
    const done = await world.sql.query<{ v: number }>(text, values).catch(() => undefined);
    if (done === undefined) return false;
    confirmed.learn(row, done.rows[0]!.v, 'SQL, came');
    return true;
  }

  async function leave(row: Row): Promise<boolean> {
    row.absentUpTo = Infinity;
    const done = await world.sql.query('DELETE FROM products WHERE id = $1', [row.id]).catch(() => undefined);
    if (done === undefined) return false;
    gone(row, 'SQL, left');
    return true;
  }

  async function leaveThrough(row: Row): Promise<boolean> {
    const to = anInstance(soak);
    if (to === undefined) return true;
    row.absentUpTo = Infinity;
    const path = `/v1/resources/${oneOf(SINGLE)}/${row.id}`;
    const reply = await caller.call(to, { kind: 'write', method: 'DELETE', path, expects: [200, 204] });
    if (reply.status !== 200 && reply.status !== 204) return false;
    const how = String(reply.headers['cache-status']);
    gone(row, `DELETE at ${to.name}, ${how}`);
    if (!how.includes('not invalidated yet')) {
      row.promise(VIEWS, row.known, { instance: to.name, at: reply.ended });
    }
    return true;
  }

  function gone(row: Row, how: string): void {
    const version = Math.floor(row.known) + 0.5;
    row.absentUpTo = version;
    confirmed.learn(row, version, how);
  }

  /** Nobody knows what became of it: whatever was under way is waited for, and the row looked at. */
  async function find(row: Row): Promise<void> {
    await delay(ENDED_MS, undefined, { signal }).catch(() => undefined);
    while (!signal.aborted) {
      const done = await world.sql
        .query<{ v: number }>('SELECT v FROM products WHERE id = $1', [row.id])
        .catch(() => undefined);
      if (done === undefined) {
        await delay(AGAIN_MS, undefined, { signal }).catch(() => undefined);
        continue;
      }
      const [found] = done.rows;
      if (found === undefined) return gone(row, 'looked at, left');
      row.absentUpTo = found.v - 0.5;
      return confirmed.learn(row, found.v, 'looked at');
    }
  }

  return { change };
}
