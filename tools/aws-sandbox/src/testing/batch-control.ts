import type { BatchTimes, Times } from '../batch/settings.ts';
import type { Outcome, OutcomeInput } from '../batch/containers/outcomes.ts';
import type { Fault, FaultInput } from '../faults/rules.ts';

/** The sandbox's own paths that are about Batch: what happens to jobs there is nobody else to do. */
export class BatchControl {
  readonly #endpoint: string;

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  /** How long things take from now on. */
  set(times: BatchTimes): Promise<Times> {
    return this.#ask('PUT', 'batch', times);
  }

  /** Puts the clock forward: what is due until then happens before this returns. */
  async advance(ms: number): Promise<void> {
    await this.#ask('POST', 'batch/clock', { advanceMs: ms });
  }

  /** How containers end without being run, for those that match; of two that do, the later one counts. */
  outcome(outcome: OutcomeInput): Promise<Outcome> {
    return this.#ask('POST', 'batch/outcomes', outcome);
  }

  /** The machine of a STARTING or RUNNING job is taken away, as Spot does: `Host EC2 (instance i-…) terminated.` */
  async reclaim(jobId: string): Promise<void> {
    await this.#ask('POST', 'batch/reclaim', { job: jobId });
  }

  /** These jobs, or all that have ended, are not known any more. */
  async forget(jobIds?: readonly string[]): Promise<void> {
    await this.#ask('POST', 'batch/forget', jobIds === undefined ? {} : { jobs: jobIds });
  }

  /** Any fault; `noCapacity` and the like say the commonest in words. */
  fault(fault: FaultInput): Promise<Fault> {
    return this.#ask('POST', 'faults', fault);
  }

  /** Jobs stay RUNNABLE: `CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - …`. */
  noCapacity(where: { environment?: string; instanceType?: string; times?: number } = {}): Promise<Fault> {
    return this.fault({ kind: 'insufficient-capacity', ...where });
  }

  /** Jobs stay RUNNABLE: `MISCONFIGURATION:…`. */
  misconfigured(how: { environment?: string; reason?: string } = {}): Promise<Fault> {
    return this.fault({ kind: 'misconfiguration', ...how });
  }

  /** The machines of the jobs that start from now on are taken away, `latencyMs` after the start. */
  reclaimAll(how: { environment?: string; latencyMs?: number; times?: number } = {}): Promise<Fault> {
    return this.fault({ kind: 'spot-reclaim', ...how });
  }

  /** The next calls of an operation are done, but their answers are lost. */
  loseAnswers(operation: string, times = 1): Promise<Fault> {
    return this.fault({ kind: 'lost-response', operation: `batch:${operation}`, times });
  }

  /** The connection breaks before the next calls of an operation are done. */
  loseRequests(operation: string, times = 1): Promise<Fault> {
    return this.fault({ kind: 'lost-request', operation: `batch:${operation}`, times });
  }

  /** 429 TooManyRequestsException. */
  throttle(operation: string, times?: number): Promise<Fault> {
    return this.fault({ kind: 'throttle', operation: `batch:${operation}`, ...(times && { times }) });
  }

  /** ListJobs does not show what was submitted within the last `latencyMs`. */
  listLate(latencyMs: number): Promise<Fault> {
    return this.fault({ kind: 'late-listing', latencyMs });
  }

  faults(): Promise<readonly Fault[]> {
    return this.#ask('GET', 'faults');
  }

  async remove(fault: Fault): Promise<void> {
    await this.#ask('DELETE', `faults/${fault.id}`);
  }

  /** No faults and no outcomes. */
  async clear(): Promise<void> {
    await this.#ask('DELETE', 'faults');
    await this.#ask('DELETE', 'batch/outcomes');
  }

  async #ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.#endpoint}/_sandbox/${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}
