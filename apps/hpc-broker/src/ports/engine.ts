import type { JobSpec } from '@groundwork/contracts';

/**
 * Something that runs attempts: processes of this machine, Slurm, AWS Batch.
 *
 * What all of them promise, and the contract suite checks: a name runs at most once, however often it is
 * submitted; what has been accepted is found again by `look` until its end has been seen and `forget` was
 * called; `submit` may be asked again after an answer that got lost.
 */
export interface Engine {
  readonly name: string;
  readonly kind: 'local' | 'slurm' | 'batch';

  /** What it could start now, as far as it is known. */
  capacity(): Capacity;

  /**
   * Where its inputs are to be put before it is submitted, and its outputs are found after it has ended,
   * until `forget`; it is made if need be. That takes nothing: only `submit` does. Absent where this
   * process cannot write what the attempt will read.
   */
  workingDirectory?(placement: Placement): Promise<string>;

  /**
   * In the order of the placements. When it throws EngineUnavailable, nobody knows which of them were
   * taken: `look` tells, or submitting them again.
   */
  submit(placements: readonly Placement[]): Promise<Receipt[]>;

  /** What has become of them; a name that is absent has never been taken here, or was forgotten. */
  look(names: readonly string[]): Promise<Map<string, Sighting>>;

  /**
   * Ends them: the checkpoint's signal and its grace if there is one, then SIGTERM, then SIGKILL to
   * everything that they have started. Resolves when that is under way; `look` tells of the end.
   * A name that is not known is remembered as cancelled, so that a submit which comes late does not run it.
   */
  cancel(names: readonly string[]): Promise<void>;

  /**
   * Those that have not begun never will; what has begun goes on. `look` tells of the end, by `withdrawn`. Of a name
   * that it cannot tell about nothing happens. Absent where whatever is taken begins at once.
   */
  withdraw?(names: readonly string[]): Promise<void>;

  /** At most `maxBytes` of what it wrote, from `from` on. Undefined: it has written nothing that is known here. */
  output(name: string, stream: Stream, from: number, maxBytes: number): Promise<Buffer | undefined>;

  /** Bytes that it wrote; undefined: nothing that is known here. Absent where only `output` can tell. */
  outputSize?(name: string, stream: Stream): Promise<number | undefined>;

  /** They ended and that is recorded: what is kept of them may go. */
  forget(names: readonly string[]): Promise<void>;

  /**
   * All names that something is kept of, for whoever takes over from a broker that died between writing an
   * end and `forget`. Absent where what is kept goes by itself.
   */
  known?(): Promise<string[]>;

  /** A hint that something may be seen: `look` is the truth. Returns how to stop listening. */
  onChange(listener: (names: readonly string[]) => void): () => void;
}

export type Stream = 'stdout' | 'stderr';

/** One attempt of one element of a job. */
export interface Placement {
  /** `{job}-{element}-{attempt}`: the same whenever it is computed, and of no other attempt ever. */
  readonly name: string;
  readonly spec: JobSpec;
  readonly job: string;
  /** 0 where the job is no array. */
  readonly element: number;
  /** Counts from 1. */
  readonly attempt: number;
  /**
   * Nobody can have submitted it before: it was placed under the lease that is held now. Else an engine without a
   * memory of its own has to look for it first.
   */
  readonly isFirst?: boolean | undefined;
  /** How its machine is bought, for engines that do; without it On-Demand. */
  readonly purchase?: 'owned' | 'on-demand' | 'spot' | undefined;
}

export type Receipt = { accepted: true } | { accepted: false; reason: string; forGood: boolean };

export interface Capacity {
  /** Physical cores, or slots, that are free. */
  freeCores: number;
  freeMemoryMiB: number;
  freeGpus: number;
  /** Cores that it may be handed beyond what is free, so that it has something to go on with between two looks. */
  aheadCores?: number | undefined;
  /** All it has. */
  cores: number;
  memoryMiB: number;
  gpus: number;
  /** Machines that this is spread over, all alike; without it one. */
  nodes?: number | undefined;
  /** Why nothing is to be placed there now, in a sentence. */
  closed?: string | undefined;
}

export type Sighting =
  /** Taken, and waiting there. `isShort`: as there are no machines to be had for it. */
  | { state: 'submitted'; reason?: string; isShort?: boolean }
  | { state: 'running'; startedAt: Date; host: string }
  | {
      state: 'ended';
      ending: Ending;
      startedAt?: Date | undefined;
      endedAt: Date;
      host?: string | undefined;
    };

export type Ending =
  /** As the shell says it: 128 + the number of the signal that ended it. */
  | { by: 'exit'; code: number }
  | { by: 'walltime' }
  | { by: 'memory' }
  /** `reason`: where that was not asked for by us. */
  | { by: 'cancel'; reason?: string }
  | { by: 'preemption'; reason: string }
  /** It ran, or may have run, and how it ended cannot be told any more. */
  | { by: 'lost'; reason: string }
  /** It has not run and will not. */
  | { by: 'never-started'; reason: string }
  /** Likewise, as it was withdrawn. */
  | { by: 'withdrawn'; reason: string }
  /** Likewise, and neither would another attempt. */
  | { by: 'refused'; reason: string }
  /** No engine says so: it succeeded, but its outputs are not where they belong. `means`: whose fault that is. */
  | { by: 'outputs'; means: 'user' | 'infrastructure' | 'fatal'; reason: string };

/** It does not answer, so that nothing is known of what it was asked. */
export class EngineUnavailable extends Error {
  override readonly name = 'EngineUnavailable';
}
