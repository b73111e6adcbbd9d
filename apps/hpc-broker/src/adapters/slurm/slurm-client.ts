/** What is asked of Slurm, by its command line tools or by slurmrestd. All of it rejects with SlurmUnavailable. */
export interface SlurmClient {
  /**
   * The number that Slurm gave it. Rejects with SlurmRefused when it was not taken; after SlurmUnavailable it
   * may have been.
   */
  submit(submission: Submission): Promise<string>;
  /** Of this user, what has not ended and what has ended lately (MinJobAge, 5 min unless it was changed). */
  jobs(): Promise<SlurmJob[]>;
  /**
   * What accounting says of jobs by these names, which may be some seconds behind. Undefined: there is no
   * accounting.
   */
  accounted(names: readonly string[]): Promise<SlurmJob[] | undefined>;
  /** By SlurmJob.handle. What has ended already is no error. */
  cancel(handles: readonly string[]): Promise<void>;
  /** Of the partition that is used; of the default one where none was named. */
  nodes(): Promise<SlurmNode[]>;
}

/** One job, or an array of them. */
export interface Submission {
  name: string;
  /** Undefined: it is no array; else tasks 0 to tasks − 1. */
  tasks: number | undefined;
  /** A program for bash, which finds nothing in its environment but PATH and what Slurm sets. */
  script: string;
  nodes: number;
  tasksPerNode: number;
  /** Physical cores of each task. */
  cores: number;
  memoryMiBPerNode: number | undefined;
  gpusPerNode: number;
  minutes: number;
}

export interface SlurmJob {
  /** What it has as SLURM_JOB_ID. */
  id: string;
  /** What cancels it alone. */
  handle: string;
  name: string;
  /** Of an array: which one it is. */
  task: number | undefined;
  /** As squeue(1) spells them out: PENDING, RUNNING, NODE_FAIL … */
  state: string;
  /** Why it waits, or ended: Resources, Priority, NonZeroExitCode … */
  reason: string;
  cores: number;
  /** How often Slurm has put it back into the queue. */
  restarts: number;
  /** To the second, rounded down. */
  startedAt: Date | undefined;
  endedAt: Date | undefined;
  /** The first one; undefined: none was chosen yet. */
  node: string | undefined;
}

export interface SlurmNode {
  name: string;
  /** Physical ones. */
  cores: number;
  memoryMiB: number;
  gpus: number;
  /** Why it takes no jobs; undefined: it does. */
  closed: string | undefined;
}

/** Nobody knows whether it has done what it was asked. */
export class SlurmUnavailable extends Error {
  override readonly name = 'SlurmUnavailable';
}

/** It has said no. */
export class SlurmRefused extends Error {
  override readonly name = 'SlurmRefused';
  /** It will say so again. */
  readonly forGood: boolean;

  constructor(message: string, forGood: boolean) {
    super(message);
    this.forGood = forGood;
  }
}

/** What no waiting mends, in the words of slurm_errno.c; everything else may pass. */
const FOR_GOOD =
  /invalid|not available|not permitted|access.*denied|too many|more processors|exceed|unrecognized|must specify/i;
const PASSES = /temporarily|limit|queue full|try again/i;

export function refusedWith(message: string): SlurmRefused {
  return new SlurmRefused(`Slurm says: ${message}`, FOR_GOOD.test(message) && !PASSES.test(message));
}
