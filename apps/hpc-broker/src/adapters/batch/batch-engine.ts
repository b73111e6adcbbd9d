import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { Component, Logger } from '@groundwork/service';
import { takesOf } from '../../domain/jobs/takes.ts';
import type { OfferDetails } from '../../domain/planner/settings.ts';
import type { EngineMarks } from '../../ports/engine-marks.ts';
import type { Engine, Placement, Receipt, Sighting } from '../../ports/engine.ts';
import type { Group } from '../array-groups.ts';
import { checkName, OK, orUnavailable } from '../of-others.ts';
import { submitGroups } from '../submit-groups.ts';
import { Taken } from '../taken.ts';
import { BatchBusy, BatchRefused, BatchUnavailable, type BatchClient } from './batch-client.ts';
import { definitionOf } from './definition.ts';
import { CANCELLED, judge, WITHDRAWN } from './judge.ts';
import { KnownJobs } from './known-jobs.ts';
import { LogReader } from './log-reader.ts';
import { PLENTY, readPlaces } from './places.ts';
import { Polling } from './polling.ts';
import type { BatchJobs } from './settings.ts';
import { refusalOf, submissionOf } from './submission.ts';

export interface BatchEngineOptions {
  name: string;
  client: BatchClient;
  logs: CloudWatchLogsClient;
  marks: EngineMarks;
  jobs: BatchJobs;
  /** That may be asked of it at the same time; without it what its compute environments have. */
  mostCores?: number | undefined;
  pollMs: number;
  /**
   * How long after a submission whose answer got lost, or that another broker may have sent, the job is looked for by
   * its name before it is submitted again: SubmitJob knows no idempotency, so what AWS lists later than that would
   * run twice.
   */
  quietMs: number;
  logger: Logger;
}

export interface BatchEngine extends Engine, Component {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  describe(): readonly string[];
  offer(): OfferDetails;
}

/** AWS may not show at once what it has taken. */
const LISTED_WITHIN_MS = 60_000;
const CANCEL_AGAIN_MS = 30_000;

/** Jobs of AWS Batch, of which each attempt is one, or one of an array. */
export function createBatchEngine(options: BatchEngineOptions): BatchEngine {
  const { name, client, marks, jobs, pollMs, quietMs, logger } = options;
  const queues = Object.values(jobs.queues).filter((queue): queue is string => queue !== undefined);
  const known = new KnownJobs(client, () => [...new Set(queues)]);
  const logReader = new LogReader(options.logs);
  const taken = new Taken();
  const listeners = new Set<(names: readonly string[]) => void>();
  /** Of what may have been submitted, since when nothing can be on its way any more. */
  const doubtful = new Map<string, number>();
  const cancelledAt = new Map<string, number>();
  const withdrawnAt = new Map<string, number>();
  const forgotten = new Set<string>();
  const definitions = new Map<string, Promise<string>>();
  let polling: Polling | undefined;
  let submitting: Promise<unknown> = Promise.resolve();

  const cores = (): number => Math.min(options.mostCores ?? Infinity, polling?.places?.cores ?? 0);
  const all = () => ({ cores: cores(), memoryMiB: PLENTY, gpus: PLENTY });

  /** Undefined: Batch is to be asked. */
  async function begin(placement: Placement): Promise<Receipt | undefined> {
    const one = placement.name;
    checkName(one, LONGEST_NAME);
    if (known.get(one) !== undefined) return OK;
    if (await marks.has(one))
      return { accepted: false, forGood: true, reason: 'it was cancelled before it began' };
    const never = refusalOf(placement, jobs);
    if (never !== undefined) return { accepted: false, forGood: true, reason: never };
    const takes = takesOf(placement.spec);
    if (takes.cores > cores() && polling?.places !== undefined) {
      const reason = `it asks for ${takes.cores} cores, and ${name} has ${cores()} at most`;
      return { accepted: false, forGood: true, reason };
    }
    const since = doubtful.get(one);
    if (since !== undefined && performance.now() - since < quietMs) return NOBODY_KNOWS;
    if (since !== undefined || placement.isFirst !== true) {
      await known.find([one]);
      doubtful.delete(one);
      if (known.get(one) !== undefined) return OK;
    }
    const { freeCores, aheadCores = 0 } = taken.left(all());
    if (takes.cores > freeCores + aheadCores) {
      return { accepted: false, forGood: false, reason: `${name} has as much to do as it may` };
    }
    taken.take(one, takes);
    return undefined;
  }

  async function handOver(group: Group): Promise<Receipt> {
    const [{ spec }] = group;
    try {
      const definition = await definitionFor(definitionOf(spec, jobs));
      const id = await client.submit(submissionOf(group, jobs, definition));
      const submittedAt = performance.now();
      for (const [index, one] of group.entries()) {
        const own = group.length === 1 ? id : `${id}:${index}`;
        known.set(one.name, { id: own, walltimeSeconds: spec.walltimeSeconds, submittedAt });
        taken.taken(one.name);
      }
      return OK;
    } catch (error) {
      for (const one of group) taken.giveBack(one.name);
      if (error instanceof BatchRefused) return { accepted: false, forGood: true, reason: error.message };
      if (error instanceof BatchBusy) return { accepted: false, forGood: false, reason: error.message };
      const now = performance.now();
      for (const one of group) doubtful.set(one.name, now);
      throw error;
    }
  }

  function definitionFor(wanted: ReturnType<typeof definitionOf>): Promise<string> {
    const { jobDefinitionName } = wanted;
    let made = definitions.get(jobDefinitionName);
    if (made === undefined) {
      made = client.definition(wanted);
      definitions.set(jobDefinitionName, made);
      made.catch(() => definitions.delete(jobDefinitionName));
    }
    return made;
  }

  async function look(names: readonly string[], maxAgeMs: number): Promise<Map<string, Sighting>> {
    const seen = new Map<string, Sighting>();
    const wanted = [...new Set(names)].filter((one) => !forgotten.has(one));
    if (wanted.length === 0) return seen;
    await known.find(wanted);
    const details = await known.details(wanted, maxAgeMs);
    for (const one of wanted) {
      const sighting = await sightingOf(one, details.get(one));
      if (sighting === undefined) continue;
      seen.set(one, sighting);
      if (sighting.state === 'ended') taken.ended(one);
    }
    return seen;
  }

  async function sightingOf(
    one: string,
    detail: Parameters<typeof judge>[0] | undefined,
  ): Promise<Sighting | undefined> {
    const job = known.get(one);
    if (detail !== undefined) return judge(detail, job?.walltimeSeconds);
    if (job !== undefined) {
      // AWS has forgotten it, or does not show it yet.
      return performance.now() - job.submittedAt < LISTED_WITHIN_MS ? { state: 'submitted' } : undefined;
    }
    if (await marks.has(one)) return { state: 'ended', ending: { by: 'cancel' }, endedAt: new Date() };
    if (!doubtful.has(one)) doubtful.set(one, performance.now());
    return undefined;
  }

  async function cancelAll(names: readonly string[]): Promise<void> {
    const due = [...new Set(names)].filter((one) => {
      checkName(one, LONGEST_NAME);
      return performance.now() - (cancelledAt.get(one) ?? -Infinity) >= CANCEL_AGAIN_MS;
    });
    if (due.length === 0) return;
    // What is being submitted just now is known then.
    await submitting;
    await known.find(due);
    for (const one of due) {
      const job = known.get(one);
      if (job === undefined) await marks.add(one);
      else await client.terminate(job.id, CANCELLED);
      cancelledAt.set(one, performance.now());
    }
  }

  /** Of what is not known nothing can be said: it may be there, and not be listed yet. */
  async function withdraw(names: readonly string[]): Promise<void> {
    await submitting;
    const due = names.filter(
      (one) => performance.now() - (withdrawnAt.get(one) ?? -Infinity) >= CANCEL_AGAIN_MS,
    );
    for (const one of due) {
      const job = known.get(one);
      if (job === undefined) continue;
      await client.cancel(job.id, WITHDRAWN);
      withdrawnAt.set(one, performance.now());
    }
  }

  function tell(names: readonly string[]): void {
    for (const listener of listeners) listener(names);
  }

  return {
    name,
    kind: 'batch',
    capacity: () => ({
      ...all(),
      ...taken.left(all()),
      closed:
        polling?.problem ?? polling?.places?.closed ?? (polling?.places === undefined ? UNHEARD : undefined),
    }),
    submit(placements) {
      const asked = submitting.then(() =>
        unavailable(() => submitGroups(placements, { begin, handOver, atOnce: Infinity })),
      );
      submitting = asked.catch(() => undefined);
      return asked;
    },
    look: (names) => unavailable(() => look(names, pollMs)),
    cancel: (names) => unavailable(() => cancelAll(names)),
    withdraw: (names) => unavailable(() => withdraw(names)),
    async output(one, stream, from, maxBytes) {
      const job = known.get(one);
      if (stream === 'stderr' || job === undefined) return undefined;
      const detail = (await known.details([one], pollMs)).get(one);
      const logStream = await unavailable(() => logStreamOf(detail));
      return logStream === undefined ? undefined : logReader.read(one, logStream, from, maxBytes);
    },
    async forget(names) {
      for (const one of names) {
        checkName(one, LONGEST_NAME);
        known.delete(one);
        taken.giveBack(one);
        doubtful.delete(one);
        cancelledAt.delete(one);
        withdrawnAt.delete(one);
        logReader.forget(one);
        forgotten.add(one);
        // Nobody asks for what was forgotten long ago.
        if (forgotten.size > MOST_FORGOTTEN) forgotten.delete(forgotten.values().next().value ?? '');
      }
      await marks.remove(names);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    describe: () => [
      'stdout and stderr come together, line by line, from CloudWatch Logs',
      'a checkpoint has 30 s at most when a job is cancelled: then AWS Batch kills',
    ],
    offer: () => polling?.places?.offer ?? { purchase: ['on-demand'] },
    async start() {
      const places = () => readPlaces(client, jobs);
      polling = new Polling({ known, taken, readPlaces: places, everyMs: pollMs, tell, logger });
      await polling.start();
    },
    async stop() {
      await polling?.stop();
    },
  };

  /** Of a job over several nodes that of the main one. */
  async function logStreamOf(detail: Parameters<typeof judge>[0] | undefined): Promise<string | undefined> {
    if (detail === undefined) return undefined;
    if (detail.nodeProperties === undefined) return detail.container?.logStreamName;
    const [main] = await client.describe([`${detail.jobId}#${detail.nodeProperties.mainNode ?? 0}`]);
    return main?.container?.logStreamName;
  }
}

const UNHEARD = 'AWS Batch has not answered yet';
const NOBODY_KNOWS: Receipt = {
  accepted: false,
  forGood: false,
  reason: 'it may have been submitted, and AWS Batch may not show that yet',
};
const MOST_FORGOTTEN = 10_000;

/** The longest name that SubmitJob takes. */
const LONGEST_NAME = 128;

const unavailable = orUnavailable(BatchUnavailable, BatchRefused);
