import type { JobSpec } from '@groundwork/contracts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { num, usd } from '../planner/span.ts';
import type { ExportedJob, OnEc2 } from './exported.ts';
import { clusterStorage } from './parallelcluster-storage.ts';
import { TOLD_CLUSTER } from './parallelcluster-notes.ts';
import { threadsPerCore } from './threads.ts';
import { commented, notesOf } from './told.ts';

/** ParallelCluster wants a subnet's id in its form; nothing has this one. */
const SUBNET = 'subnet-replaceme00000000';
const KEY = 'REPLACE-ME';
const HEAD = { x86_64: 't3.large', arm64: 't4g.large' } as const;
/** Queues and compute resources: `^[a-z][a-z0-9\-]*$`, up to 25 characters; "default" is taken. */
const QUEUE = 'jobs';

export type Tree = { [key: string]: string | number | boolean | Tree | (string | Tree)[] };

export interface ClusterFile {
  /** Lines of comments before it. */
  comments: string[];
  /** What it says. */
  configuration: Tree;
}

/** A configuration for ParallelCluster 3 whose one queue has what the job was planned for. */
export function toParallelCluster(
  { id, spec }: ExportedJob,
  { plan, option, type }: OnEc2,
  { instances, services }: Catalogue,
): ClusterFile {
  const storage = clusterStorage(spec, option, type, services);
  const isClose = option.placement === 'cluster';
  const computeResource: Tree = {
    Name: type.type.replaceAll('.', '-').slice(0, 25),
    InstanceType: type.type,
    MinCount: 0,
    MaxCount: option.instances,
    ...(threadsPerCore(type) === 2 ? { DisableSimultaneousMultithreading: true } : {}),
    ...(usesEfa(spec, type.efa) ? { Efa: { Enabled: true } } : {}),
  };
  const queue: Tree = {
    Name: QUEUE,
    CapacityType: option.purchase === 'spot' ? 'SPOT' : 'ONDEMAND',
    ComputeResources: [computeResource],
    Networking: { SubnetIds: [SUBNET], PlacementGroup: { Enabled: isClose } },
    ...(storage.local === undefined ? {} : { ComputeSettings: { LocalStorage: storage.local } }),
  };
  const notes = [...storage.notes, ...purchaseNote(spec, option), ...notesOf(TOLD_CLUSTER, spec)];
  return {
    comments: [
      `# A cluster for ${spec.name}, job ${id} of Groundwork: ParallelCluster 3.`,
      `#   pcluster create-cluster --cluster-name ${clusterName(spec.name)} --cluster-configuration ${spec.name}.yaml`,
      '# and on its head node what ?format=sbatch gives.',
      '#',
      ...commented(
        `Planned on ${plan.plannedOn}: ${num(option.instances)} × ${type.type}, ${option.purchase}, likely ${usd(option.cost.likely)} for the job (${usd(option.cost.low)} to ${usd(option.cost.high)}), without the head node.`,
        '',
      ),
      ...commented(
        `Prices of ${instances.prices.date}: ${instances.prices.what}. Nothing here holds it to them.`,
        '',
      ),
      '#',
      '# To be replaced:',
      ...commented(
        `${SUBNET}: a subnet for the head node, and one for its nodes, in one zone that has ${type.type}.`,
      ),
      ...commented(`${KEY}: the name of an EC2 key pair, for ssh to the head node.`),
      ...(notes.length === 0 ? [] : ['#', '# What ParallelCluster cannot be told, and what to know:']),
      ...notes.flatMap((note) => commented(note)),
    ],
    configuration: {
      Region: plan.region,
      Image: { Os: 'alinux2023' },
      HeadNode: {
        InstanceType: HEAD[type.arch],
        Networking: { SubnetId: SUBNET },
        Ssh: { KeyName: KEY },
      },
      Scheduling: { Scheduler: 'slurm', SlurmQueues: [queue] },
      ...(storage.shared.length === 0 ? {} : { SharedStorage: storage.shared }),
    },
  };
}

function purchaseNote({ purchase }: JobSpec, option: OnEc2['option']): string[] {
  if (purchase !== 'spot' || option.purchase === 'spot') return [];
  return [
    'purchase spot: AWS Batch would not run several nodes on Spot, so that it was planned as On-Demand. A cluster may: CapacityType: SPOT, and one node that is taken back ends the job.',
  ];
}

/** Where it is asked for; between nodes of a gang that have it anyway it does no harm, and costs nothing. */
function usesEfa({ mpi }: JobSpec, has: boolean): boolean {
  return has && mpi !== undefined && mpi.nodes > 1 && mpi.network !== 'any';
}

/** `^[a-zA-Z][a-zA-Z0-9-]{0,59}$` */
function clusterName(name: string): string {
  const letters = name.replaceAll('_', '-').slice(0, 58);
  return /^[A-Za-z]/.test(letters) ? letters : `c-${letters}`;
}
