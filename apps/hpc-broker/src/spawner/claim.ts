import { readIdentity, type ProcessIdentity } from './identity.ts';

/** What a later spawner has to know of an attempt that runs. */
export interface RunRecord {
  cores: number;
  memoryMiB: number;
  /** Indexes of its GPUs. */
  gpus: number[];
  walltimeSeconds: number;
  checkpoint?: { signal: NodeJS.Signals; graceSeconds: number } | undefined;
  /** Directories of its cgroups. */
  cgroups: string[];
}

/** Why it is being ended, or was; the first reason stays. `at` in ms since the epoch. */
export interface EndMark {
  why: 'cancel' | 'walltime' | 'memory' | 'lost';
  reason?: string | undefined;
  at: number;
}

export type Claim =
  | {
      by: 'wrapper';
      leader: ProcessIdentity;
      record: RunRecord;
      /** The exit code, as soon as there is one. */
      exit: number | undefined;
    }
  /** Taken, but it does not say yet by whom. */
  | { by: 'unknown' }
  | { by: 'seal'; cancelled: boolean; reason: string };

export const sealText = (cancelled: boolean, reason: string): string =>
  `never ${cancelled ? 'cancelled' : 'failed'} ${reason}\n`;

export function readClaim(text: string): Claim {
  const seal = /^never (cancelled|failed) (.*)\n$/s.exec(text);
  if (seal !== null) return { by: 'seal', cancelled: seal[1] === 'cancelled', reason: seal[2]! };
  const [, who = '', record, exit] = /^(\S+ \S+ \S+) (\{.*\})\n(?:(\d{1,3})\n)?/.exec(text) ?? [];
  const leader = readIdentity(who);
  if (leader === undefined || record === undefined) return { by: 'unknown' };
  return {
    by: 'wrapper',
    leader,
    record: JSON.parse(record) as RunRecord,
    exit: exit === undefined ? undefined : Number(exit),
  };
}
