import type { RangeSet } from '@groundwork/ip-ranges';
import type { Target } from '../../src/domain/target-file/target-file.ts';
import type { Subject } from '../../src/domain/subject.ts';
import type { Enforcer } from '../../src/ports/enforcer.ts';
import type { Account } from '../support/account.ts';

/** Where a history plays: one kind of target, and the wire to it. */
export interface Stage {
  target: Target;
  /** What histories call 10.0.0.4/30, in terms of the target. */
  subjectOf(network: string): Subject;
  /** What that turns away. */
  meaningOf(network: string): RangeSet;
  /** Ports to the outside; each call stops before it is made. */
  api(): object;
  enforcer(api: object): Enforcer;
  /** Calls that change something. */
  writes: ReadonlySet<string>;
  /** Whether AWS tells a state that has been written over, so that what comes late is refused. */
  isFenced: boolean;
  /** Lists name addresses, not countries. */
  hasFeeds: boolean;
  blocked(): Promise<RangeSet>;
  /** Somebody else writes into one of our parts. False: there is none. */
  edit(pick: number, addresses: readonly string[]): Promise<boolean>;
  /** Somebody else makes all of it have no effect. */
  undo(): Promise<void>;
  /** Most networks that one part may hold. */
  perPart: number;
  close(): Promise<void>;
}

export type OpenStage = (account: Account) => Promise<Stage>;
