import type { Accepted, JobSpec, PlanAnswer, PlanRule, Submission } from '@groundwork/contracts';
import { inTransaction, once } from '@groundwork/database';
import { sql, type Kysely, type Transaction } from 'kysely';
import { accept } from './adapters/postgres/accept.ts';
import { resolve, type Issue } from './domain/jobs/workflow.ts';
import type { Planning } from './planning.ts';
import type { Assignment } from './ports/ledger.ts';

/** What a submission says does not fit together. */
export class SubmissionInvalid extends Error {
  override readonly name = 'SubmissionInvalid';
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    super(issues.map(({ path, message }) => `${path}: ${message}`).join('; '));
    this.issues = issues;
  }
}

/** Nothing can run a job as it is asked for. */
export class JobRefused extends Error {
  override readonly name = 'JobRefused';
  readonly rules: readonly PlanRule[];

  constructor(job: string, rules: readonly PlanRule[]) {
    super(`${job} cannot be run: ${rules.map(({ message }) => message).join('; ')}`);
    this.rules = rules;
  }
}

/** So many elements wait already that more would only wait longer. */
export class QueueFull extends Error {
  override readonly name = 'QueueFull';
}

export interface SubmitParts {
  db: Kysely<unknown>;
  newId: () => string;
  planning: Planning;
  /** Throws QueueFull. */
  checkRoom: (project: string, elements: number) => void;
  /** Told once it is written. */
  tell: () => void;
}

export interface Submitter {
  by: string;
  /** With whose scope it is remembered for a day. */
  idempotencyKey?: string | undefined;
}

interface Planned {
  assignment: Assignment;
  plan: PlanAnswer;
}

/**
 * The way of a submission to the queue: names become ids, each job is planned, there is room for it, and
 * all of it is written down in one transaction, with the key under which it may be sent again.
 *
 * Throws SubmissionInvalid, JobRefused, QueueFull, NoSuchJob, IdempotencyKeyReused.
 */
export async function submit(parts: SubmitParts, submission: Submission, from: Submitter): Promise<Accepted> {
  const { jobs, issues } = resolve(submission, parts.newId);
  if (issues.length > 0) throw new SubmissionInvalid(issues);
  const planned = jobs.map((one) => ({ ...one, ...assign(parts.planning, one.spec) }));
  for (const [project, elements] of elementsOf(planned)) parts.checkRoom(project, elements);
  const workflow = 'jobs' in submission ? parts.newId() : undefined;

  const write = async (tx: Transaction<unknown>): Promise<Omit<Accepted, 'repeated'>> => {
    await keepPlans(tx, planned);
    await accept(tx, { workflow, by: from.by, jobs: planned });
    return {
      id: workflow ?? planned[0]!.id,
      jobs: planned.map(({ id, spec }) => ({ id, name: spec.name })),
    };
  };
  const { idempotencyKey: key, by } = from;
  const { answer, repeated } = await inTransaction(parts.db, async (tx) =>
    key === undefined
      ? { answer: await write(tx), repeated: false }
      : once(tx, { scope: `jobs of ${by}`, key, request: submission }, () => write(tx)),
  );
  if (!repeated) parts.tell();
  return { ...answer, repeated };
}

function assign(planning: Planning, spec: JobSpec): Planned {
  const answer = planning.plan(spec);
  if ('refused' in answer) throw new JobRefused(spec.name, answer.refused);
  const { chosen } = answer;
  const assignment = {
    plan: planning.shapeOf(answer),
    engine: chosen.engine.name,
    seconds: chosen.attempt.likely,
    usd: chosen.cost.likely,
  };
  return { assignment, plan: answer };
}

function elementsOf(jobs: readonly { spec: JobSpec }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { spec } of jobs) {
    counts.set(spec.project, (counts.get(spec.project) ?? 0) + (spec.array?.size ?? 1));
  }
  return counts;
}

async function keepPlans(tx: Transaction<unknown>, planned: readonly Planned[]): Promise<void> {
  const distinct = new Map(planned.map(({ assignment, plan }) => [assignment.plan, plan]));
  for (const [shape, plan] of distinct) {
    await sql`
      INSERT INTO plans (shape, plan) SELECT ${shape}, ${JSON.stringify(plan)}::jsonb
      WHERE NOT EXISTS (SELECT 1 FROM plans WHERE shape = ${shape})
      ON CONFLICT (shape) DO NOTHING`.execute(tx);
  }
}
