import { sharePostgres } from '@groundwork/database/testing';
import { makePrograms } from '@groundwork/service/testing';
import { stopCluster } from './support/slurm-cluster.ts';

/** What tests start as processes. */
const PROGRAMS = ['broker-program', 'staging-program', 'local-broker', 'local-dying-spawner'];

export default async function setup(): Promise<() => Promise<void>> {
  await makePrograms(PROGRAMS.map((name) => `test/support/${name}.ts`));
  const stopPostgres = await sharePostgres();
  return async () => {
    // The first file that needs a Slurm cluster has started it.
    stopCluster();
    await stopPostgres();
  };
}
