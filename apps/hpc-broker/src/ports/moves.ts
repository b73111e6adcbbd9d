import type { JobSpec, PlanAnswer } from '@groundwork/contracts';
import type { Away } from '../domain/planner/settings.ts';
import type { Assignment } from './ledger.ts';

/** Where nothing is to begin at the moment. */
export interface AwayPool {
  pool: string;
  away: readonly Away[];
}

/** A job that waits there, and may be planned for elsewhere. */
export interface Stranded {
  job: string;
  spec: JobSpec;
  project: string;
  /** The shape of its plan. */
  plan: string;
}

/** All that writes rejects with LostLease when another broker watches by now. */
export interface Moves {
  /** Remembers ways of buying of which attempts have waited for machines for so long, and forgets those that are over. */
  noteShortages(): Promise<void>;
  /** What waits at engines that are drained is to be taken back, wherever it may run then. */
  withdrawDrained(): Promise<number>;
  /** In the order of their ids, after `after`. */
  stranded(pools: readonly AwayPool[], after: string, limit: number): Promise<Stranded[]>;
  /**
   * It is planned anew, and what waits at an engine is to be taken back. False: it has ended, was cancelled, or has
   * another plan by now.
   */
  move(one: Stranded, to: Assignment, plan: PlanAnswer, reason: string): Promise<boolean>;
}
