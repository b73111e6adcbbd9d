import type { RangeSet } from '@groundwork/ip-ranges';
import type { Condition, Enforcer } from '../../src/ports/enforcer.ts';
import type { Words } from './words.ts';

/** An account of its own, in which a target is enforced, among things that belong to others. */
export interface Place {
  /** Enforces at the target. Each call gives another one, which has not looked yet. */
  enforcer(): Enforcer;
  /** What is turned away at this moment, as an outsider sees it. */
  enforced(): Promise<RangeSet>;
  /** Everything in the account that is not the target's, with whatever tells that it was written. */
  foreign(): Promise<unknown>;
  words: Words;
  hand: Hand;
  close(): Promise<void>;
}

/** Somebody else who works in the account; and what AWS itself may do. */
export interface Hand {
  /** Gives a part of the target other contents. */
  edit(part: string, contents: Words['edited']): Promise<void>;
  /** The next call of an operation is refused as one too many. */
  throttle(operation: string): void;
  /** The next call of an operation is done, and its answer gets lost. */
  loseAnswer(operation: string): void;
}

/** Where there can be only so many parts. */
export interface Room {
  /** Networks that do not fit any more then. */
  tooMany: number;
  /** Makes things of its own until there can be no more parts. */
  fillUp(): Promise<void>;
  /** Takes them away again. */
  makeRoom(): Promise<void>;
}

/** What others may have arranged so that the target enforces nothing, or not all. */
export interface Hindrance<P extends Place> {
  /** `nothing refers to it` */
  when: string;
  severity: Condition['severity'];
  arrange: (place: P) => Promise<void>;
}
