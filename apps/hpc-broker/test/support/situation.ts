import type { JobExplanation } from '@groundwork/contracts';
import { sql } from 'kysely';
import { readFacts } from '../../src/adapters/postgres/explain-facts.ts';
import { writeResults } from '../../src/adapters/postgres/results.ts';
import { wakeDue } from '../../src/adapters/postgres/steer.ts';
import { explain } from '../../src/domain/explain/explain.ts';
import { projectRules, ProjectFile } from '../../src/domain/sharing/project-file.ts';
import type { Placed } from '../../src/ports/ledger.ts';
import { led, type EngineWords } from './engines.ts';
import type { Ledger } from './ledger.ts';

/** What a situation is made of, through the tables that the service itself writes. */
export function situation(ledger: Ledger) {
  const { db, within } = ledger;
  const explained = async (id: string, projects: object[] = []): Promise<JobExplanation> => {
    const rulesOf = projectRules(ProjectFile.parse({ projects }));
    const facts = await readFacts(db, id, rulesOf);
    if (facts === undefined) throw new Error(`there is no job ${id}`);
    return explain(facts);
  };
  return {
    ...ledger,
    explained,
    engine: (words: EngineWords = {}) => led(db, words),
    /** As if nothing had been heard of any engine since. */
    silence: (seconds: number) =>
      sql`UPDATE engines SET seen_at = seen_at - make_interval(secs => ${seconds})`.execute(db),
    /** What an engine has taken, and has not started. */
    taken: (attempts: readonly Placed[]) =>
      within((tx) =>
        writeResults(
          tx,
          'local',
          attempts.map((one) => ({ ...one, sighting: { state: 'submitted' } })),
          () => 0,
        ),
      ),
    startedAgo: (attempts: readonly Placed[], seconds: number) =>
      within((tx) =>
        writeResults(
          tx,
          'local',
          attempts.map((one) => ({
            ...one,
            sighting: { state: 'running', startedAt: new Date(Date.now() - seconds * 1_000), host: 'h1' },
          })),
          () => 0,
        ),
      ),
    wake: () => within((tx) => wakeDue(tx, 10)),
    used: (project: string, coreSeconds: number) =>
      sql`INSERT INTO usage (project, core_seconds) VALUES (${project}, ${coreSeconds})`.execute(db),
  };
}

export type Situation = ReturnType<typeof situation>;
