import type { Accepted, JobSpec, PlanAnswer, PlanRule, Submission } from '@groundwork/contracts';
import { inTransaction, once } from '@groundwork/database';
import { issuesText } from '@groundwork/service';
import type { Kysely, Transaction } from 'kysely';
import { accept } from './adapters/postgres/accept.ts';
import { keepPlans } from './adapters/postgres/plans.ts';
import { unknownTasks, type DatasetTasks } from './domain/jobs/dataset-task.ts';
import { resolve, type Accepting, type Issue } from './domain/jobs/workflow.ts';
import type { Planning } from './planning.ts';
import type { Assignment, WorkflowId } from './ports/ledger.ts';

/** What a submission says is no job and no workflow, or does not fit together. */
export class SubmissionInvalid extends Error {
  override readonly name = 'SubmissionInvalid';
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    super(issuesText(issues));
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
  /** When it is worth another try. */
  readonly retryAfterSeconds: number;

  constructor(message: string, retryAfterSeconds: number) {
    super(message);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export interface SubmitParts {
  db: Kysely<unknown>;
  newId: () => string;
  planning: Planning;
  /** That jobs may name; without it there is none. */
  datasetTasks?: DatasetTasks | undefined;
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

/** A submission whose names are ids by now, and whose jobs are planned. */
export interface Planned {
  workflow: WorkflowId | undefined;
  jobs: readonly PlannedJob[];
}

export interface PlannedJob extends Accepting {
  assignment: Assignment;
  plan: PlanAnswer;
  taskArn: string | undefined;
}

/**
 * The way of a submission to the queue: names become ids, each job is planned, there is room for it, and
 * all of it is written down in one transaction, with the key under which it may be sent again. Of one that
 * has been taken under its key nothing is looked at again: it needs no room, and no engine that is there now.
 *
 * Throws SubmissionInvalid, JobRefused, QueueFull, NoSuchJob, IdempotencyKeyReused.
 */
export async function submit(parts: SubmitParts, submission: Submission, from: Submitter): Promise<Accepted> {
  const { idempotencyKey: key, by } = from;
  // The transaction may be repeated; what is planned and counted in it is so once.
  let planned: Planned | undefined;
  const plan = (): Planned => (planned ??= prepare(parts, submission));
  if (key === undefined) plan();
  const { answer, repeated } = await inTransaction(parts.db, async (tx) => {
    const writeIt = async () => {
      const ready = plan();
      await write(tx, [ready], by);
      return answerOf(ready);
    };
    return key === undefined
      ? { answer: await writeIt(), repeated: false }
      : once(tx, { scope: `jobs of ${by}`, key, request: submission }, writeIt);
  });
  if (!repeated) parts.tell();
  return { ...answer, repeated };
}

/** All but writing it down. Throws SubmissionInvalid, JobRefused, QueueFull. */
function prepare(parts: SubmitParts, submission: Submission): Planned {
  const planned = planOf(parts, submission);
  takeRoom(parts, [planned]);
  return planned;
}

/** Throws SubmissionInvalid, JobRefused. */
export function planOf(
  { newId, planning, datasetTasks = new Map() }: SubmitParts,
  submission: Submission,
): Planned {
  const { jobs, issues: found } = resolve(submission, newId);
  const issues = [...found, ...unknownTasks(submission, datasetTasks)];
  if (issues.length > 0) throw new SubmissionInvalid(issues);
  return {
    workflow: 'jobs' in submission ? { id: newId(), name: submission.name } : undefined,
    jobs: jobs.map((one) => ({
      ...one,
      ...assign(planning, one.spec),
      taskArn: datasetTasks.get(one.spec.dataset?.task ?? ''),
    })),
  };
}

/** For all of them together, once each. Throws QueueFull. */
export function takeRoom({ checkRoom }: SubmitParts, all: readonly Planned[]): void {
  for (const [project, elements] of elementsOf(all.flatMap(({ jobs }) => jobs))) {
    checkRoom(project, elements);
  }
}

/** Throws NoSuchJob: then nothing is to be kept. */
export async function write(tx: Transaction<unknown>, all: readonly Planned[], by: string): Promise<void> {
  await keepPlans(
    tx,
    all.flatMap(({ jobs }) => jobs),
  );
  await accept(
    tx,
    all.flatMap(({ workflow, jobs }) => jobs.map((one) => ({ ...one, workflow }))),
    by,
  );
}

export function answerOf({ workflow, jobs }: Planned): Omit<Accepted, 'repeated'> {
  return { id: workflow?.id ?? jobs[0]!.id, jobs: jobs.map(({ id, spec }) => ({ id, name: spec.name })) };
}

function assign(planning: Planning, spec: JobSpec): Pick<PlannedJob, 'assignment' | 'plan'> {
  const answer = planning.plan(spec);
  if ('refused' in answer) throw new JobRefused(spec.name, answer.refused);
  return { assignment: planning.assignmentOf(answer), plan: answer };
}

function elementsOf(jobs: readonly { spec: JobSpec }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { spec } of jobs) {
    counts.set(spec.project, (counts.get(spec.project) ?? 0) + (spec.array?.size ?? 1));
  }
  return counts;
}
