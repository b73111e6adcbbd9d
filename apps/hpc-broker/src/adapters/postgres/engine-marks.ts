import { sql, type Kysely } from 'kysely';
import type { EngineMarks } from '../../ports/engine-marks.ts';

export function createEngineMarks(db: Kysely<unknown>, engine: string): EngineMarks {
  return {
    async add(name) {
      await sql`INSERT INTO engine_marks (engine, name) VALUES (${engine}, ${name}) ON CONFLICT DO NOTHING`.execute(
        db,
      );
    },
    async has(name) {
      const { rows } =
        await sql`SELECT 1 FROM engine_marks WHERE engine = ${engine} AND name = ${name}`.execute(db);
      return rows.length > 0;
    },
    async remove(names) {
      if (names.length === 0) return;
      await sql`DELETE FROM engine_marks WHERE engine = ${engine} AND name = ANY(${[...names]})`.execute(db);
    },
  };
}
