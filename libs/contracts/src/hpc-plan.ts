import { z } from 'zod';

/** Where a number comes from, and the day for which that holds. */
export const PlanSource = z.object({ what: z.string(), date: z.iso.date() });
export type PlanSource = z.infer<typeof PlanSource>;

/**
 * A number that nobody knows exactly. `likely` is what is expected; `high` is what it stays below in nine of
 * ten cases, where that can be told, and else the bound that the formula names.
 */
export const Estimate = z
  .object({
    low: z.number(),
    likely: z.number(),
    high: z.number(),
    unit: z.enum(['seconds', 'USD']),
    formula: z.string().describe('How it was reckoned, with the values in it'),
    sources: z.array(PlanSource),
  })
  .meta({ id: 'Estimate' });
export type Estimate = z.infer<typeof Estimate>;

/** Why something cannot be, or is not done: the rule in a sentence, and who says so. */
export const PlanRule = z
  .object({
    code: z.string().describe('Stable, for programs: batch_mnp_spot, hpc_on_demand_only …'),
    message: z.string(),
    source: z.string(),
  })
  .meta({ id: 'PlanRule' });
export type PlanRule = z.infer<typeof PlanRule>;

const purchase = z.enum(['owned', 'on-demand', 'spot']).describe('owned: machines that are there anyway');

export const StorageChoice = z
  .object({
    name: z.string().describe('gp3, io2, instance-store, EFS, FSx for Lustre …'),
    what: z.string(),
    cost: Estimate,
  })
  .meta({ id: 'StorageChoice' });
export type StorageChoice = z.infer<typeof StorageChoice>;

export const TransferChoice = z
  .object({
    name: z.string().describe('upload, s3-transfer-acceleration, datasync-basic, direct-connect-10 …'),
    what: z.string(),
    time: Estimate.describe('With its lead time'),
    cost: Estimate,
  })
  .meta({ id: 'TransferChoice' });
export type TransferChoice = z.infer<typeof TransferChoice>;

/** One way of running the job. */
export const PlanOption = z
  .object({
    engine: z.object({ name: z.string(), kind: z.enum(['local', 'slurm', 'batch']) }),
    purchase,
    instanceType: z.string().nullable().describe('null: machines that are there anyway'),
    instances: z.int().describe('At the same time'),
    perInstance: z.int().describe('Array elements, or nodes, that share one'),
    rounds: z.int().describe('How often all places are filled until the array is through'),
    network: z.string(),
    placement: z.enum(['cluster', 'none']).describe('Placement group'),
    shape: z.string().describe('What calibration is kept by: resources, engine and type'),
    modelledSeconds: z.number().describe('Likely time of one attempt, before calibration and losses'),
    attempt: Estimate.describe(
      'Of one element, or of the gang: until its work is done, with what is lost on the way',
    ),
    time: Estimate.describe('Until the job is done, with data transfer and start'),
    cost: Estimate.describe('Of everything, with what is lost on the way'),
    worstCaseUsd: z
      .number()
      .describe('If every budget of retries were used up, each time for all of walltime'),
    attemptWorstUsd: z
      .number()
      .describe('The most that one attempt of one element costs, without data transfer'),
    compute: Estimate,
    storage: z.array(StorageChoice).describe('Shared first; then what each element or node has of its own'),
    transfer: TransferChoice.nullable(),
  })
  .meta({ id: 'PlanOption' });
export type PlanOption = z.infer<typeof PlanOption>;

export const RejectedAlternative = z
  .object({
    kind: z.enum(['compute', 'storage', 'transfer']),
    name: z.string(),
    usd: z.number().nullable().describe('Likely cost of it; null: it has none here'),
    seconds: z.number().nullable(),
    reason: z.string(),
    source: z.string().nullable(),
  })
  .meta({ id: 'RejectedAlternative' });
export type RejectedAlternative = z.infer<typeof RejectedAlternative>;

export const Plan = z
  .object({
    plannedOn: z.iso.date(),
    region: z.string(),
    chosen: PlanOption,
    why: z.array(z.string()),
    cheapest: PlanOption,
    fastest: PlanOption,
    cheapestByDeadline: PlanOption.nullable().describe('null: there is no deadline'),
    rejected: z.array(RejectedAlternative).describe('The best few of each kind'),
    others: z
      .array(z.object({ code: z.string(), message: z.string(), count: z.int() }))
      .describe('How many more were left out, and why'),
    warnings: z.array(PlanRule),
  })
  .meta({ id: 'Plan' });
export type Plan = z.infer<typeof Plan>;

/** Nothing can run it as it is asked for. */
export const RefusedPlan = z.object({ refused: z.array(PlanRule).min(1) }).meta({ id: 'RefusedPlan' });
export type RefusedPlan = z.infer<typeof RefusedPlan>;

/** What `POST /v1/plans` answers. */
export const PlanAnswer = z.union([Plan, RefusedPlan]).meta({ id: 'PlanAnswer' });
export type PlanAnswer = z.infer<typeof PlanAnswer>;
