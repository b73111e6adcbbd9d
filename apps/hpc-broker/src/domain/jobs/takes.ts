import type { JobSpec } from '@groundwork/contracts';

/** What one element takes while it runs, or a job over several nodes on all of them together. */
export interface Takes {
  cores: number;
  memoryMiB: number;
  gpus: number;
}

export function takesOf({ resources, mpi }: Pick<JobSpec, 'resources' | 'mpi'>): Takes {
  const nodes = mpi?.nodes ?? 1;
  return {
    cores: coresPerNode(resources.cores, mpi?.ranksPerNode) * nodes,
    memoryMiB: (resources.memoryMiB ?? 0) * nodes,
    gpus: resources.gpus * nodes,
  };
}

/** A rank takes a core, also where only the ranks are named. */
export function coresPerNode(cores: number, ranksPerNode = 1): number {
  return Math.max(cores, ranksPerNode);
}
