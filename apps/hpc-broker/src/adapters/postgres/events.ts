import { sql, type Kysely } from 'kysely';

export interface NewEvent {
  job: string;
  project: string;
  what: string;
  element?: number;
  detail?: Record<string, unknown>;
}

/** In the transaction of what they tell of. */
export async function record(db: Kysely<unknown>, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  await sql`
    INSERT INTO events (job, project, what, element, detail)
    SELECT job, project, what, element, coalesce(detail, '{}')
    FROM jsonb_to_recordset(${JSON.stringify(events)}::jsonb)
      AS e(job uuid, project text, what text, element integer, detail jsonb)`.execute(db);
}
