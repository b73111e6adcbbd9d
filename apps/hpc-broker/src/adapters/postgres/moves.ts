import type { PlanAnswer } from '@groundwork/contracts';
import { inTransaction, requireLease, type Lease } from '@groundwork/database';
import { sql, type Kysely, type Transaction } from 'kysely';
import { awayIn, type Purchase } from '../../domain/planner/settings.ts';
import type { Assignment } from '../../ports/ledger.ts';
import type { AwayPool, Moves, Stranded } from '../../ports/moves.ts';
import { record } from './events.ts';
import { keepPlans } from './plans.ts';

export interface MovesOptions {
  db: Kysely<unknown>;
  lease: Lease;
  /** How long attempts wait for machines before there are said to be none. */
  failoverSeconds: number;
  /** How long it is not tried again then. */
  coolOffSeconds: number;
}

export function createMoves({ db, lease, failoverSeconds, coolOffSeconds }: MovesOptions): Moves {
  const fenced = <T>(work: (tx: Transaction<unknown>) => Promise<T>): Promise<T> =>
    inTransaction(db, async (tx) => {
      await requireLease(tx, lease);
      return work(tx);
    });
  return {
    noteShortages: () =>
      fenced(async (tx) => {
        await sql`
          INSERT INTO shortages (pool, purchase, reason, until)
          SELECT e.pool, a.purchase, min(a.reason), now() + make_interval(secs => ${coolOffSeconds})
          FROM attempts a JOIN engines e ON e.name = a.engine
          WHERE a.state = 'submitted' AND a.purchase IS NOT NULL AND a.reason IS NOT NULL
            AND a.short_since < now() - make_interval(secs => ${failoverSeconds})
          GROUP BY e.pool, a.purchase
          ON CONFLICT (pool, purchase) DO UPDATE SET until = excluded.until`.execute(tx);
        await sql`DELETE FROM shortages WHERE until < now()`.execute(tx);
      }),

    withdrawDrained: () =>
      fenced(async (tx) => {
        const { numAffectedRows = 0n } = await sql`
          UPDATE attempts SET withdraw = true
          WHERE engine IN (SELECT engine FROM drains) AND state IN ('placed', 'submitted') AND NOT withdraw`.execute(
          tx,
        );
        return Number(numAffectedRows);
      }),

    async stranded(pools, after, limit) {
      const shapes = await shapesIn(db, pools);
      if (shapes.length === 0) return [];
      const { rows } = await sql<Stranded>`
        SELECT j.id AS job, j.spec, j.project, j.plan FROM jobs j
        WHERE j.state IN ('pending', 'ready', 'submitted', 'running') AND j.id > ${after}::uuid
          AND j.plan = ANY(${shapes}::text[]) AND j.cancelled_by IS NULL AND NOT j.spec ? 'engine'
          AND EXISTS (SELECT 1 FROM elements e WHERE e.job = j.id AND e.state IN ('ready', 'submitted'))
        ORDER BY j.id LIMIT ${limit}`.execute(db);
      return rows;
    },

    move: (one, to, plan, reason) => fenced((tx) => move(tx, one, to, plan, reason)),
  };
}

/** Of plans by which a job would begin where nothing does. Plans are few, and jobs many. */
async function shapesIn(db: Kysely<unknown>, pools: readonly AwayPool[]): Promise<string[]> {
  const { rows } = await sql<{ shape: string; pool: string; purchase: Purchase }>`
    SELECT shape, plan->'chosen'->'engine'->>'name' AS pool, plan->'chosen'->>'purchase' AS purchase FROM plans
    WHERE plan->'chosen'->'engine'->>'name' = ANY(${pools.map(({ pool }) => pool)}::text[])`.execute(db);
  return rows
    .filter((row) => pools.some(({ pool, away }) => pool === row.pool && awayIn({ away }, row.purchase)))
    .map(({ shape }) => shape);
}

/** The job first, as everybody does who changes several rows of it. */
async function move(
  tx: Transaction<unknown>,
  { job, project, plan: before }: Stranded,
  to: Assignment,
  plan: PlanAnswer,
  reason: string,
): Promise<boolean> {
  const { rows } = await sql`
    SELECT 1 FROM jobs WHERE id = ${job}::uuid AND plan = ${before} AND ended_at IS NULL AND cancelled_by IS NULL
    FOR UPDATE`.execute(tx);
  if (rows.length === 0) return false;
  await keepPlans(tx, [{ assignment: to, plan }]);
  await sql`UPDATE jobs SET plan = ${to.plan} WHERE id = ${job}::uuid`.execute(tx);
  // What runs is left to its end; where it has to run again, that is by the new plan.
  await sql`
    UPDATE elements SET engine = ${to.engine}, seconds = ${to.seconds}
    WHERE job = ${job}::uuid AND state IN ('pending', 'ready', 'submitted', 'running')`.execute(tx);
  await sql`
    UPDATE attempts SET withdraw = true
    WHERE job = ${job}::uuid AND plan = ${before} AND state IN ('placed', 'submitted')`.execute(tx);
  await record(tx, [{ job, project, what: 'job.moved', detail: { to: to.engine, reason } }]);
  return true;
}
