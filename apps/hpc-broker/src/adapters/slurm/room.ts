import { coresPerNode, takesOf, type Takes } from '../../domain/jobs/takes.ts';
import type { Capacity, Placement } from '../../ports/engine.ts';
import { Taken } from '../taken.ts';
import type { SlurmNode } from './slurm-client.ts';

/**
 * What this broker may have in Slurm at the same time: as much as the partition has, running or waiting. What others
 * run there is not taken off, or on a full cluster nothing would ever wait for its turn.
 */
export class SlurmRoom {
  #nodes: readonly SlurmNode[] = [];
  readonly #most: number | undefined;
  readonly taken = new Taken();

  /** `most`: cores; undefined: all of the partition. */
  constructor(most: number | undefined) {
    this.#most = most;
  }

  set nodes(nodes: readonly SlurmNode[]) {
    this.#nodes = nodes;
  }

  get nodes(): readonly SlurmNode[] {
    return this.#nodes;
  }

  capacity(closed: string | undefined): Capacity {
    const open = this.#of(this.#nodes.filter((node) => node.closed === undefined));
    return {
      ...this.#of(this.#nodes),
      ...this.taken.left(open),
      nodes: Math.max(1, this.#nodes.length),
      closed: closed ?? this.#closed(),
    };
  }

  /** Why it will never run here. */
  refusal({ spec }: Placement): string | undefined {
    const { resources, mpi } = spec;
    const nodes = mpi?.nodes ?? 1;
    const cores = coresPerNode(resources.cores, mpi?.ranksPerNode);
    const fit = this.#nodes.filter(
      (node) =>
        node.cores >= cores && node.memoryMiB >= (resources.memoryMiB ?? 0) && node.gpus >= resources.gpus,
    );
    if (fit.length >= nodes || this.#nodes.length === 0) return undefined;
    const memory = resources.memoryMiB === undefined ? '' : `, ${resources.memoryMiB} MiB`;
    const gpus = resources.gpus === 0 ? '' : `, ${resources.gpus} GPUs`;
    return `it asks for ${nodes} nodes with ${cores} cores${memory}${gpus}, and the partition has ${fit.length} of them`;
  }

  lacks(placement: Placement): boolean {
    const { freeCores, aheadCores = 0 } = this.capacity(undefined);
    return takesOf(placement.spec).cores > freeCores + aheadCores;
  }

  #of(nodes: readonly SlurmNode[]): Takes {
    const sum = (of: (node: SlurmNode) => number): number => nodes.reduce((all, node) => all + of(node), 0);
    return {
      cores: Math.min(
        this.#most ?? Infinity,
        sum(({ cores }) => cores),
      ),
      memoryMiB: sum(({ memoryMiB }) => memoryMiB),
      gpus: sum(({ gpus }) => gpus),
    };
  }

  #closed(): string | undefined {
    if (this.#nodes.some(({ closed }) => closed === undefined)) return undefined;
    if (this.#nodes.length === 0) return 'its partition has no nodes';
    const why = [...new Set(this.#nodes.map(({ closed }) => closed))].slice(0, 3).join('; ');
    return `none of its ${this.#nodes.length} nodes takes jobs: ${why}`;
  }
}
