import { Plan, type Dependency, type JobSpec } from '@groundwork/contracts';
import { sql, type Kysely } from 'kysely';
import type { ExportedJob } from '../../domain/export/exported.ts';

/** Undefined: there is no such job. */
export async function readExported(db: Kysely<unknown>, id: string): Promise<ExportedJob | undefined> {
  const { rows } = await sql<{ id: string; spec: JobSpec; plan: unknown }>`
    SELECT j.id, j.spec, p.plan FROM jobs j LEFT JOIN plans p ON p.shape = j.plan
    WHERE j.id = ${id}::uuid`.execute(db);
  const [row] = rows;
  if (row === undefined) return undefined;
  const parents = await sql<{ id: string; name: string; when: Dependency['when']; each: boolean }>`
    SELECT d."on" AS id, parent.name, d.condition AS when, d.each
    FROM dependencies d JOIN jobs parent ON parent.id = d."on"
    WHERE d.job = ${id}::uuid ORDER BY d."on", d.condition`.execute(db);
  return { ...row, parents: parents.rows, plan: Plan.safeParse(row.plan).data };
}
