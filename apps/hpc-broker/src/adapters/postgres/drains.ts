import type { EngineView } from '@groundwork/contracts';
import { inTransaction } from '@groundwork/database';
import { sql, type Kysely } from 'kysely';
import { readEngines } from './engine-views.ts';

/** It is handed nothing more from now on. Undefined: there is no such engine. Said twice, the first word stays. */
export function drain(
  db: Kysely<unknown>,
  engine: string,
  { by, reason }: { by: string; reason: string | undefined },
): Promise<EngineView | undefined> {
  return inTransaction(db, async (tx) => {
    await sql`
      INSERT INTO drains (engine, by, reason)
      SELECT name, ${by}, ${reason ?? null} FROM engines WHERE name = ${engine}
      ON CONFLICT (engine) DO NOTHING`.execute(tx);
    return viewOf(tx, engine);
  });
}

/** It is handed what there is again. Undefined: there is no such engine. */
export function undrain(db: Kysely<unknown>, engine: string): Promise<EngineView | undefined> {
  return inTransaction(db, async (tx) => {
    await sql`DELETE FROM drains WHERE engine = ${engine}`.execute(tx);
    return viewOf(tx, engine);
  });
}

async function viewOf(db: Kysely<unknown>, engine: string): Promise<EngineView | undefined> {
  return (await readEngines(db)).find(({ name }) => name === engine);
}
