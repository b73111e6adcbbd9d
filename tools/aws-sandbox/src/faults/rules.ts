import { randomUUID } from 'node:crypto';
import { z } from 'zod';

/** What can be made to go wrong with a request … */
const requestFault = z.strictObject({
  kind: z.enum(['throttle', 'error', 'latency', 'lost-response', 'lost-request']),
  /** `s3:PutObject`, `sqs:ReceiveMessage`, `sns:*`, `*` */
  operation: z.string().regex(/^(\*|[a-z0-9]+:(\*|[A-Za-z]+))$/, 'must look like s3:PutObject, sqs:* or *'),
  /** Only requests for this bucket, or keys that begin so. */
  bucket: z.string().optional(),
  keyPrefix: z.string().optional(),
  /** For `latency`, in ms. */
  latencyMs: z.int().min(0).max(60_000).default(1_000),
  /** Chance per request, 0 to 1. */
  probability: z.number().min(0).max(1).default(1),
  /** Ends after it has struck this often. */
  times: z.int().min(1).optional(),
});

const NOTIFICATIONS = ['s3:Notification', 'ec2:Notification', 'autoscaling:Notification'] as const;
/** What a service tells of itself. */
export type NotificationName = (typeof NOTIFICATIONS)[number];

/** … and with a notification on its way to a queue, a topic or a rule. */
const notificationFault = z.strictObject({
  kind: z.enum(['drop', 'duplicate', 'delay', 'reorder']),
  operation: z.enum(NOTIFICATIONS).default('s3:Notification'),
  bucket: z.string().optional(),
  keyPrefix: z.string().optional(),
  /** `delay`: exactly this long; `reorder`: anything up to it; in ms. */
  latencyMs: z.int().min(0).max(600_000).default(1_000),
  probability: z.number().min(0).max(1).default(1),
  times: z.int().min(1).optional(),
});

const placementFault = {
  /** Only in this compute environment, by its name. */
  environment: z.string().optional(),
  probability: z.number().min(0).max(1).default(1),
  times: z.int().min(1).optional(),
};

/** … and with a Batch job that waits for a place, or an instance of EC2: there is none (of this type), … */
const capacityFault = z.strictObject({
  kind: z.literal('insufficient-capacity'),
  operation: z.enum(['batch:Capacity', 'ec2:Capacity']).default('batch:Capacity'),
  instanceType: z.string().optional(),
  /** Only in this Availability Zone; of EC2. */
  zone: z.string().optional(),
  ...placementFault,
});

/** … or there never will be. https://docs.aws.amazon.com/batch/latest/userguide/job_stuck_in_runnable.html */
const misconfigurationFault = z.strictObject({
  kind: z.literal('misconfiguration'),
  operation: z.literal('batch:Configuration').default('batch:Configuration'),
  reason: z
    .string()
    .regex(/^MISCONFIGURATION:[A-Z_]+/, 'must begin like MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT')
    .default(
      'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement (vCPU/memory/GPU) is higher than that can be met by the CE(s) attached to the job queue.',
    ),
  ...placementFault,
});

/** … or that runs: its machine is taken away `latencyMs` after its start. */
const reclaimFault = z.strictObject({
  kind: z.literal('spot-reclaim'),
  operation: z.literal('batch:Host').default('batch:Host'),
  latencyMs: z.int().min(0).max(600_000).default(0),
  ...placementFault,
});

/** … and with ListJobs and ListTaskExecutions, which do not know yet of what was submitted within the last `latencyMs`. */
const visibilityFault = z.strictObject({
  kind: z.literal('late-listing'),
  operation: z.enum(['batch:Visibility', 'datasync:Visibility']).default('batch:Visibility'),
  latencyMs: z.int().min(0).max(600_000).default(1_000),
  probability: z.number().min(0).max(1).default(1),
  times: z.int().min(1).optional(),
});

export const FaultSpec = z.discriminatedUnion('kind', [
  requestFault,
  notificationFault,
  capacityFault,
  misconfigurationFault,
  reclaimFault,
  visibilityFault,
]);
export type FaultSpec = z.infer<typeof FaultSpec>;
export type FaultInput = z.input<typeof FaultSpec>;
export type Fault = FaultSpec & { id: string; struck: number };

export interface FaultSubject {
  operation: string;
  bucket?: string | undefined;
  key?: string | undefined;
  environment?: string | undefined;
  instanceType?: string | undefined;
  zone?: string | undefined;
}

/** What goes wrong by itself, and not with a call: `*` is not about these. */
const NO_CALLS = new Set<string>([
  ...NOTIFICATIONS,
  'batch:Capacity',
  'ec2:Capacity',
  'batch:Configuration',
  'batch:Host',
  'batch:Visibility',
  'datasync:Visibility',
]);

/** Members of a fault that narrow it down; those of keys do by how they begin. */
const NARROWING = ['bucket', 'environment', 'instanceType', 'zone'] as const;

/** The faults in force. */
export class Faults {
  #faults: Fault[] = [];
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  add(spec: FaultInput): Fault {
    const fault = { ...FaultSpec.parse(spec), id: randomUUID(), struck: 0 };
    this.#faults.push(fault);
    return fault;
  }

  list(): readonly Fault[] {
    return this.#faults;
  }

  clear(): void {
    this.#faults = [];
  }

  /** Whether there was one. */
  remove(id: string): boolean {
    const before = this.#faults.length;
    this.#faults = this.#faults.filter((fault) => fault.id !== id);
    return this.#faults.length < before;
  }

  /** The faults that strike this time; each counts as having struck. */
  strike(subject: FaultSubject): Fault[] {
    const striking = this.#faults.filter((fault) => this.#matches(fault, subject));
    for (const fault of striking) fault.struck += 1;
    return striking;
  }

  #matches(fault: Fault, subject: FaultSubject): boolean {
    const { operation } = fault;
    const isCall = !NO_CALLS.has(subject.operation);
    const named =
      operation === '*'
        ? isCall
        : operation.endsWith(':*')
          ? subject.operation.startsWith(operation.slice(0, -1)) && isCall
          : operation === subject.operation;
    const asked: Record<string, unknown> = fault;
    return (
      named &&
      (fault.times === undefined || fault.struck < fault.times) &&
      NARROWING.every((name) => asked[name] === undefined || asked[name] === subject[name]) &&
      (!('keyPrefix' in fault) ||
        fault.keyPrefix === undefined ||
        (subject.key ?? '').startsWith(fault.keyPrefix)) &&
      this.#random() < fault.probability
    );
  }
}
