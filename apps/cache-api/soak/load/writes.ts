import { randomBytes } from 'node:crypto';
import { anInstance, type Soak } from '../soak.ts';
import { VIEWS, type Row } from '../truth/rows.ts';
import { SINGLE } from './reads.ts';
import { chance, oneOf } from './zipf.ts';

const note = (): string => randomBytes(100).toString('hex');

/** Writes of rows that stay: through the service, and past it. */
export function createWrites(soak: Soak, aRow: () => Row) {
  const { caller, confirmed, world } = soak;
  const aResident = (): Row => {
    for (;;) {
      const row = aRow();
      if (!row.isGuest) return row;
    }
  };

  async function patch(): Promise<void> {
    const to = anInstance(soak);
    if (to === undefined) return;
    const [row, view] = [aResident(), oneOf(SINGLE)];
    const known = chance(0.5) ? row.seen.get(view)?.etag : undefined;
    const reply = await caller.call(to, {
      kind: 'write',
      method: 'PATCH',
      path: `/v1/resources/${view}/${row.id}`,
      headers: known === undefined ? {} : { 'if-match': known },
      body: JSON.stringify({ note: note() }),
      expects: known === undefined ? [200] : [200, 412],
    });
    if (reply.status !== 200) return;
    const { v } = JSON.parse(reply.body.toString()) as { v: number };
    const how = String(reply.headers['cache-status']);
    confirmed.learn(row, v, `PATCH of ${view} at ${to.name}, ${how}`);
    if (!how.includes('not invalidated yet')) row.promise(VIEWS, v, { instance: to.name, at: reply.ended });
  }

  /** Mostly one row; now and then a shelf in one transaction. */
  async function sql(): Promise<void> {
    const row = aResident();
    const isShelf = chance(0.02);
    const where = isShelf
      ? 'id IN (SELECT id FROM products WHERE shelf = $2 ORDER BY id FOR UPDATE)'
      : 'id = $2';
    const text = `UPDATE products SET note = $1 WHERE ${where} RETURNING id, v`;
    // Whether it was committed is not known if it fails: then nothing is claimed of it.
    const done = await world.sql
      .query<{ id: number; v: number }>(text, [note(), isShelf ? row.shelf : row.id])
      .catch(() => undefined);
    for (const { id, v } of done?.rows ?? []) confirmed.learn(soak.rows[id - 1]!, v, 'SQL');
  }

  return { patch, sql };
}
