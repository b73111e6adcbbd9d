import type { Ending, Sighting } from '../../ports/engine.ts';
import type { Claim, Never } from './attempt-directories.ts';
import type { SlurmJob } from './slurm-client.ts';

/** All that is known of one attempt. */
export interface Evidence {
  /** Jobs of its name, in the order in which Slurm was asked: more than one where an answer got lost. */
  jobs: readonly SlurmJob[];
  claim: Claim | undefined;
}

/** What is to be done before more can be said. */
export type Judgement =
  | { say: Sighting }
  /** The next attempt may begin only when this one is certain not to: kill it where it is, or keep it from beginning. */
  | { fence: Sighting & { state: 'ended' } }
  /** Slurm says that it ended, and the node's own word may still be on its way. */
  | { wait: SlurmJob; unless: Sighting & { state: 'ended' } }
  /** Slurm would run it a second time: that one is to be cancelled. */
  | { requeued: SlurmJob; say: Sighting }
  /** Slurm does not know it; what was last known. */
  | { vanished: Sighting & { state: 'submitted' | 'running' } };

/** Slurm runs or will run it: everything but what is below. */
const ENDED = new Set([
  'COMPLETED',
  'FAILED',
  'CANCELLED',
  'TIMEOUT',
  'DEADLINE',
  'OUT_OF_MEMORY',
  'PREEMPTED',
  'NODE_FAIL',
  'BOOT_FAIL',
  'LAUNCH_FAILED',
  'REVOKED',
]);
const WAITS = new Set([
  'PENDING',
  'REQUEUED',
  'REQUEUE_HOLD',
  'REQUEUE_FED',
  'SPECIAL_EXIT',
  'RESV_DEL_HOLD',
]);

export const hasEnded = ({ state }: SlurmJob): boolean => ENDED.has(state);
export const waits = ({ state }: SlurmJob): boolean => WAITS.has(state);

/** Pure: what has become of an attempt, by Slurm's word and by its own. */
export function judge({ jobs, claim }: Evidence): Judgement {
  if (claim?.by === 'broker') {
    const endedAt = jobs[0]?.endedAt ?? new Date();
    return { say: { state: 'ended', ending: KEPT_FROM_BEGINNING[claim.why], endedAt } };
  }
  if (claim !== undefined) return ofClaim(claim, jobs);
  // Of several the one that may yet begin.
  const job = jobs.find((one) => !hasEnded(one)) ?? jobs.at(-1);
  if (job === undefined) {
    return { vanished: { state: 'submitted', reason: 'Slurm does not know it any more' } };
  }
  if (waits(job)) return { say: { state: 'submitted', reason: whyItWaits(job) } };
  if (!hasEnded(job)) return { say: running(job) };
  const { startedAt, endedAt = new Date(), node: host } = job;
  if (job.state === 'CANCELLED') return { say: { state: 'ended', ending: CANCELLED, endedAt } };
  const where = host === undefined ? '' : ` on ${host}`;
  const reason = `Slurm ended it${where} before it began: ${job.state}${inBrackets(job.reason)}`;
  const ended = {
    state: 'ended',
    ending: { by: 'never-started', reason },
    startedAt,
    endedAt,
    host,
  } as const;
  return job.state === 'COMPLETED' || job.state === 'FAILED'
    ? { wait: job, unless: ended }
    : { fence: ended };
}

function ofClaim(claim: Extract<Claim, { by: 'attempt' }>, jobs: readonly SlurmJob[]): Judgement {
  const { startedAt, node: host, end } = claim;
  const job = jobs.find(({ id }) => id === claim.slurmId);
  const endedAt = end?.at ?? job?.endedAt ?? new Date();
  const ended = (ending: Extract<Sighting, { state: 'ended' }>['ending']) =>
    ({ state: 'ended', ending, startedAt, endedAt, host }) as const;
  const own = end === undefined || end.why === 'ended' ? undefined : byEnd(end.why, end.code);
  if (job === undefined) {
    if (end === undefined) return { vanished: { state: 'running', startedAt, host } };
    const reason = 'Slurm ended it, and does not say why any more';
    return { say: ended(own ?? { by: 'preemption', reason }) };
  }
  if (job.restarts > claim.restarts) {
    // Whatever it exited with may be what the signal made of it.
    const reason = 'Slurm put it back into its queue, where it would have run again';
    const say = ended(own === undefined || own.by === 'exit' ? { by: 'preemption', reason } : own);
    return hasEnded(job) ? { say } : { requeued: job, say };
  }
  // What is completing may yet turn out to have been cancelled.
  if (!hasEnded(job)) return { say: { state: 'running', startedAt, host } };
  if (own !== undefined && own.by !== 'exit') return { say: ended(own) };
  const told = byState(job, end?.code);
  if (told?.by === 'lost') return own === undefined ? { fence: ended(told) } : { say: ended(own) };
  if (told?.by === 'preemption' && end === undefined) return { fence: ended(told) };
  if (told !== undefined) return { say: ended(told) };
  if (end !== undefined) return { say: ended({ by: 'exit', code: end.code }) };
  const reason = `the shell around it was killed on ${host}, and nobody saw its end`;
  return { wait: job, unless: ended({ by: 'lost', reason }) };
}

const KEPT_FROM_BEGINNING = {
  cancel: { by: 'cancel' },
  never: { by: 'never-started', reason: 'it was kept from beginning' },
  withdrawn: { by: 'withdrawn', reason: 'it had not begun in Slurm, and was taken back' },
} as const satisfies Record<Never, Ending>;

/** By whoever: whether that was us is in its orders. */
const CANCELLED = { by: 'cancel', reason: 'it was cancelled in Slurm' } as const;

function byEnd(why: 'exit' | 'cancel' | 'walltime', code: number) {
  return why === 'exit' ? ({ by: 'exit', code } as const) : ({ by: why } as const);
}

/** What Slurm itself has done to it; undefined: it ended by itself. */
function byState({ state, reason, node = 'its node' }: SlurmJob, code: number | undefined) {
  switch (state) {
    case 'CANCELLED':
      return CANCELLED;
    case 'TIMEOUT':
    case 'DEADLINE':
      return { by: 'walltime' } as const;
    case 'OUT_OF_MEMORY':
      // Something in it was killed for want of memory, and it has gone on.
      return code === 0 ? undefined : ({ by: 'memory' } as const);
    case 'PREEMPTED':
      return { by: 'preemption', reason: `Slurm gave its place to others${inBrackets(reason)}` } as const;
    case 'NODE_FAIL':
    case 'BOOT_FAIL':
    case 'LAUNCH_FAILED':
    case 'REVOKED':
      return { by: 'lost', reason: `Slurm says ${state} of ${node}` } as const;
    default:
      return undefined;
  }
}

function running({ startedAt = new Date(), node = 'Slurm' }: SlurmJob): Sighting {
  return { state: 'running', startedAt, host: node };
}

const inBrackets = (reason: string): string => (reason === '' || reason === 'None' ? '' : ` (${reason})`);

/** The reasons of squeue(1) that people ask about. */
const WHY: Readonly<Record<string, string>> = {
  Resources: 'Slurm has no room for it yet',
  Priority: 'Slurm lets others go first',
  None: 'Slurm has not looked at it yet',
  JobHeldUser: 'somebody holds it in Slurm (scontrol release)',
  JobHeldAdmin: 'an administrator of Slurm holds it (scontrol release)',
  BeginTime: 'Slurm starts it not before a time',
  PartitionDown: 'the partition is down',
  PartitionInactive: 'the partition is inactive',
  PartitionNodeLimit: 'the partition does not allow so many nodes',
  PartitionTimeLimit: 'the partition does not allow so long a walltime',
  AssocGrpCpuLimit: 'the account has as many cores as it may',
  QOSMaxJobsPerUserLimit: 'its user runs as many jobs as the QOS allows',
  QOSMaxCpuPerUserLimit: 'its user has as many cores as the QOS allows',
  Licenses: 'it waits for a licence',
  Reservation: 'it waits for its reservation',
};

function whyItWaits({ state, reason }: SlurmJob): string {
  const known = WHY[reason];
  if (known !== undefined) return `${known} (${reason})`;
  if (reason.startsWith('ReqNodeNotAvail'))
    return `the nodes for it are down, drained or reserved (${reason})`;
  return `Slurm says ${[state, reason].filter((word) => word !== '' && word !== 'None').join(', ')}`;
}
