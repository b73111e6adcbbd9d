import { Sql, type Database } from '../../state.ts';
import type { Job } from './job.ts';
import type { JobKeeper } from './jobs.ts';

/** Where jobs are kept. A member is kept without its spec, which is its parent's: arrays have up to 10,000 of them. */
export class JobStore implements JobKeeper {
  readonly #sql: Sql;

  constructor(db: Database) {
    this.#sql = new Sql(db);
  }

  load(): Job[] {
    const rows = this.#sql.all<{ body: string }>('SELECT body FROM batch_jobs ORDER BY seq');
    const jobs = new Map<string, Job>();
    for (const { body } of rows) {
      const job = JSON.parse(body) as Job;
      const parent = job.parent === undefined ? undefined : jobs.get(job.parent);
      if (parent !== undefined) job.spec = parent.spec;
      jobs.set(job.id, job);
    }
    return [...jobs.values()];
  }

  save(changed: Iterable<Job>, gone: Iterable<string>): void {
    this.#sql.transaction(() => {
      for (const { spec, ...job } of changed) {
        this.#sql.run(
          'INSERT OR REPLACE INTO batch_jobs (id, seq, body) VALUES (?, ?, ?)',
          job.id,
          job.seq,
          JSON.stringify(job.parent === undefined ? { ...job, spec } : job),
        );
      }
      for (const id of gone) this.#sql.run('DELETE FROM batch_jobs WHERE id = ?', id);
    });
  }
}
