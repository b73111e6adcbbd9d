import type { Dispatching } from './dispatching.ts';

/** An engine that nobody has led for so long that what it ran is dead, and that has open attempts. */
export interface LostEngine {
  name: string;
  pool: string;
  host: string;
  /** Of its last lease. */
  epoch: number;
  /** Since anything was heard of it. */
  silentSeconds: number;
}

export interface LostEngines {
  find(marginSeconds: number): Promise<LostEngine[]>;
  /** Its lease, so that its own broker is fenced should it come back; undefined when that has come back already. */
  take(engine: LostEngine): Promise<Taken | undefined>;
  /** Engines that have long been silent and have nothing open are not shown any more; how many. */
  forget(): Promise<number>;
}

export interface Taken extends Pick<Dispatching, 'open' | 'write'> {
  giveUp(): Promise<void>;
}
