import type { JobSpec } from '@groundwork/contracts';
import { coresPerNode } from '../jobs/takes.ts';
import type { Question } from './question.ts';

/** What of a job decides where it fits. */
export interface Need {
  cores: number;
  memoryMib: number | undefined;
  gpus: number;
  arch: 'x86_64' | 'arm64' | undefined;
  /** Elements of an array, or nodes of a gang. */
  count: number;
  atOnce: number;
  /** Several nodes, all at the same time or none. */
  isGang: boolean;
  /** Its ranks may share cores where an engine lets them. */
  isMpi: boolean;
  network: 'any' | 'low-latency' | 'efa';
  scratchGib: number | undefined;
  storage: JobSpec['resources']['storage'];
}

export function needOf({ resources, array, mpi }: Question): Need {
  const count = array?.size ?? mpi?.nodes ?? 1;
  return {
    cores: coresPerNode(resources.cores, mpi?.ranksPerNode),
    memoryMib: resources.memoryMiB,
    gpus: resources.gpus,
    arch: resources.arch,
    count,
    atOnce: Math.min(count, array?.atOnce ?? count),
    isGang: mpi !== undefined && mpi.nodes > 1,
    isMpi: mpi !== undefined,
    network: mpi?.network ?? 'any',
    scratchGib: resources.scratchGiB,
    storage: resources.storage,
  };
}

/** Attempts and plans of jobs with the same need are comparable. */
export function needText(need: Need): string {
  const memory = need.memoryMib === undefined ? '' : `-${need.memoryMib}m`;
  const gpus = need.gpus === 0 ? '' : `-${need.gpus}g`;
  return `${need.isGang ? `${need.count}n-` : ''}${need.cores}c${memory}${gpus}`;
}
