import { randomUUID } from 'node:crypto';
import { z } from 'zod';

/** What can be made to go wrong with a request … */
const requestFault = z.strictObject({
  kind: z.enum(['throttle', 'error', 'latency', 'lost-response']),
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

/** … and with an S3 notification on its way to a queue, a topic or a rule. */
const notificationFault = z.strictObject({
  kind: z.enum(['drop', 'duplicate', 'delay', 'reorder']),
  operation: z.literal('s3:Notification').default('s3:Notification'),
  bucket: z.string().optional(),
  keyPrefix: z.string().optional(),
  /** `delay`: exactly this long; `reorder`: anything up to it; in ms. */
  latencyMs: z.int().min(0).max(600_000).default(1_000),
  probability: z.number().min(0).max(1).default(1),
  times: z.int().min(1).optional(),
});

export const FaultSpec = z.discriminatedUnion('kind', [requestFault, notificationFault]);
export type FaultSpec = z.infer<typeof FaultSpec>;
export type FaultInput = z.input<typeof FaultSpec>;
export type Fault = FaultSpec & { id: string; struck: number };

export interface FaultSubject {
  operation: string;
  bucket?: string | undefined;
  key?: string | undefined;
}

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
    const named =
      operation === '*'
        ? subject.operation !== 's3:Notification'
        : operation.endsWith(':*')
          ? subject.operation.startsWith(operation.slice(0, -1)) && subject.operation !== 's3:Notification'
          : operation === subject.operation;
    return (
      named &&
      (fault.times === undefined || fault.struck < fault.times) &&
      (fault.bucket === undefined || fault.bucket === subject.bucket) &&
      (fault.keyPrefix === undefined || (subject.key ?? '').startsWith(fault.keyPrefix)) &&
      this.#random() < fault.probability
    );
  }
}
