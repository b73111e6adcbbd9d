import { stopCluster } from './support/slurm-cluster.ts';

/** After all files: the first one that needs a Slurm cluster starts it. */
export function teardown(): void {
  stopCluster();
}
