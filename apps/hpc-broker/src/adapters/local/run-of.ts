import { takesOf } from '../../domain/jobs/takes.ts';
import type { Placement } from '../../ports/engine.ts';
import type { Run } from '../../spawner/protocol.ts';
import { environmentOf, type Surroundings } from './environment.ts';

export interface Machine {
  slots: number;
  isRoot: boolean;
  /** Where a program is in a PATH, if it is. */
  find: (program: string, path: string) => string | undefined;
}

/** A placement as one process, or why this machine will never run it. */
export function runOf(
  placement: Placement,
  surroundings: Surroundings,
  machine: Machine,
): { run: Run } | { refusal: string } {
  const { name, spec } = placement;
  const { resources, mpi, command, shell, checkpoint } = spec;
  const env = environmentOf(placement, surroundings);
  const inner = command ?? ['/bin/sh', '-c', shell ?? ''];
  const common = {
    name,
    cwd: spec.workingDirectory,
    walltimeSeconds: spec.walltimeSeconds,
    checkpoint: checkpoint && { signal: checkpoint.signal, graceSeconds: checkpoint.graceSeconds },
  };
  if (mpi === undefined) {
    const { cores, memoryMiB, gpus } = resources;
    return { run: { ...common, argv: inner, env, cores, memoryMiB, gpus } };
  }
  const mpirun = machine.find('mpirun', env['PATH'] ?? '');
  if (mpirun === undefined) {
    return {
      refusal: `mpirun is not in ${env['PATH']}: install Open MPI (Debian: openmpi-bin), or name its directory in the job's PATH`,
    };
  }
  const ranks = mpi.nodes * mpi.ranksPerNode;
  const taken = takesOf(spec);
  return {
    run: {
      ...common,
      argv: [mpirun, ...mpirunOptions(ranks, machine.isRoot), ...inner],
      // Ranks that share a core would spin for messages while the sender waits for it. And without the other
      // one mpirun wants an ssh, although all ranks are here.
      env: { ...env, OMPI_MCA_mpi_yield_when_idle: '1', OMPI_MCA_plm: 'isolated' },
      // More ranks than cores share what there is; else no job over several nodes could be tried here.
      cores: Math.min(machine.slots, taken.cores),
      memoryMiB: resources.memoryMiB && taken.memoryMiB,
      gpus: taken.gpus,
    },
  };
}

/** mpirun(1) of Open MPI 4. All ranks are on this machine. */
function mpirunOptions(ranks: number, isRoot: boolean): string[] {
  return [
    ...(isRoot ? ['--allow-run-as-root'] : []),
    '--oversubscribe',
    '--host',
    `localhost:${ranks}`,
    '-np',
    String(ranks),
  ];
}
