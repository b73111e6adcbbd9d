import type { Candidate } from '../domain/sharing/choose.ts';
import type { EndedAttempt, Placed, ReadyQueues, Seen } from './ledger.ts';

/**
 * What one engine's dispatcher needs of the tables. Everything that writes rejects with LostLease when
 * somebody else dispatches to the engine by now.
 */
export interface Dispatching {
  /** What could start here, at most `limit` of each project. */
  ready(limit: number): Promise<ReadyQueues>;
  /** The outbox: written before the engine hears of it. */
  place(chosen: readonly Candidate[]): Promise<Placed[]>;
  /** Lets others go before a gang, for as long as its timeout. */
  postpone(gang: Candidate): Promise<void>;
  /** What has been written and has not been seen to end. */
  open(): Promise<Placed[]>;
  /** Names of open attempts whose end somebody has asked for. */
  cancelled(): Promise<string[]>;
  /** Names of open attempts that are to be taken back, as far as they have not begun. */
  withdrawn(): Promise<string[]>;
  write(seen: readonly Seen[]): Promise<EndedAttempt[]>;
  /** What failed and has waited long enough is ready; how many. */
  wakeDue(): Promise<number>;
}
