import type { Retries } from '@groundwork/contracts';
import type { TransferSighting } from './dataset-transfer.ts';

/** A transfer that has not ended, as it is written down. */
export interface OpenTransfer {
  job: string;
  task: string;
  taskArn: string;
  state: 'waiting' | 'starting' | 'running';
  /** Executions that were asked for. */
  attempts: number;
  failures: number;
  retries: Retries;
  execution: string | undefined;
  /** False: its job has ended or is cancelled. */
  isWanted: boolean;
  /** Whether nothing else keeps the job waiting, nor a failure that has just been. */
  isDue: boolean;
  /** Since an execution was last asked for. */
  askedMsAgo: number;
}

/**
 * Where it is written down what is brought. waiting → starting (before anybody is asked) → running → brought,
 * failed or cancelled; or back to waiting, for another attempt.
 *
 * Each is written only by whoever has the lease, and only where it is still as the given transfer says: else
 * it changes nothing. Throws LostLease.
 */
export interface TransferLedger {
  /** By age. */
  open(): Promise<OpenTransfer[]>;
  /** Before an execution is asked for. False: it is not to be any more. */
  ask(transfer: OpenTransfer): Promise<boolean>;
  /** It was not started, and nobody is to blame: it is asked for again later, by the same number. */
  notBegun(transfer: OpenTransfer, reason: string): Promise<void>;
  begun(transfer: OpenTransfer, execution: string): Promise<void>;
  /** How far it is. */
  saw(transfer: OpenTransfer, sighting: TransferSighting): Promise<void>;
  /** Its job may begin. */
  brought(transfer: OpenTransfer, sighting: TransferSighting): Promise<void>;
  /** Another attempt, or its job fails. */
  failed(transfer: OpenTransfer, reason: string): Promise<void>;
  /** Nobody wants it any more, and nothing of it is under way. */
  cancelled(transfer: OpenTransfer): Promise<void>;
  /** What keeps it from going on. */
  say(transfer: OpenTransfer, reason: string): Promise<void>;
}
