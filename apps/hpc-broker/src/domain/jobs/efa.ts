import type { BatchContainer, JobSpec } from '@groundwork/contracts';

type Efa = Pick<BatchContainer, 'linuxParameters' | 'ulimits'>;

/** docs.aws.amazon.com/batch/latest/userguide/efa.html: without the device a container does not see it. */
const EFA: Efa = {
  linuxParameters: {
    devices: [
      {
        hostPath: '/dev/infiniband/uverbs0',
        containerPath: '/dev/infiniband/uverbs0',
        permissions: ['READ', 'WRITE', 'MKNOD'],
      },
    ],
  },
  // What it reads and writes by itself has to stay in memory.
  ulimits: [{ name: 'memlock', softLimit: -1, hardLimit: -1 }],
};

/**
 * What containers of AWS Batch need for the Elastic Fabric Adapter, where a job asks for it between its nodes. No other
 * gets it: a container does not start on an instance that lacks the device.
 */
export function efaOf({ mpi }: Pick<JobSpec, 'mpi'>): Efa {
  return mpi?.network === 'efa' && mpi.nodes > 1 ? EFA : {};
}
