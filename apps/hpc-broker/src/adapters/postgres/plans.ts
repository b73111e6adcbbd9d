import type { PlanAnswer } from '@groundwork/contracts';
import { sql, type Transaction } from 'kysely';
import type { Assignment } from '../../ports/ledger.ts';

/** Each once, however many jobs are planned by it; that it was used is kept to the hour. */
export async function keepPlans(
  tx: Transaction<unknown>,
  planned: readonly { assignment: Assignment; plan: PlanAnswer }[],
): Promise<void> {
  const distinct = new Map(planned.map(({ assignment, plan }) => [assignment.plan, plan]));
  for (const [shape, plan] of distinct) {
    const { rows } = await sql`
      SELECT 1 FROM plans WHERE shape = ${shape} AND used_at > now() - interval '1 hour'`.execute(tx);
    if (rows.length > 0) continue;
    await sql`
      INSERT INTO plans (shape, plan) VALUES (${shape}, ${JSON.stringify(plan)}::jsonb)
      ON CONFLICT (shape) DO UPDATE SET used_at = now()`.execute(tx);
  }
}
