import type { Cgroups } from './cgroups.ts';
import type { SpawnerSettings } from './protocol.ts';

/** What holds an attempt to what it asked for on this machine, in sentences. */
export function limitsOf(cgroups: Cgroups, { maxProcesses }: SpawnerSettings): string[] {
  const isLinux = process.platform === 'linux';
  return [
    cgroups.has('memory')
      ? 'memory is limited by a cgroup'
      : `memory is limited by RLIMIT_AS for each process by itself${isLinux ? '' : ', as far as the kernel keeps to it'}, since no memory cgroup is writable here`,
    maxProcesses === undefined
      ? 'the number of processes is not limited'
      : cgroups.has('pids')
        ? `the number of processes is limited to ${maxProcesses} by a cgroup`
        : 'the number of processes is not limited, since no pids cgroup is writable here',
    cgroups.canKill
      ? 'all processes of an attempt are ended with it, by its cgroup'
      : isLinux
        ? 'processes of an attempt that leave its process group are ended when it is cancelled or lost, and found by their environment, since no cgroup is writable here'
        : 'processes of an attempt that leave its process group are not ended with it',
    'cores are counted and not enforced',
    'attempts run as the user of the broker, and may do what it may',
  ];
}
