import type { JobSpec, PlanOption } from '@groundwork/contracts';
import type { InstanceType } from '../catalogue/instance-table.ts';
import type { Services } from '../catalogue/services.ts';
import { num } from '../planner/span.ts';
import { lustreGib } from '../planner/storage/shared.ts';
import type { Tree } from './parallelcluster.ts';

export interface ClusterStorage {
  /** SharedStorage */
  shared: Tree[];
  /** SlurmQueues[].ComputeSettings.LocalStorage */
  local: Tree | undefined;
  notes: string[];
}

/** The image of ParallelCluster alone takes about as much. */
const ROOT_GIB = 45;
/** What ParallelCluster's own checks let through; of gp3 EBS itself takes more by now. */
const MOST = {
  gp3: { gib: 16_384, iops: 16_000, mibPerSecond: 1_000 },
  io2: { gib: 65_536, iops: 256_000, mibPerSecond: Infinity },
};
/** Of EFS with provisioned throughput, in MiB/s. */
const MOST_PROVISIONED = 1_024;

/** Each store of the plan as ParallelCluster has it: shared ones as SharedStorage, others on the nodes. */
export function clusterStorage(
  { resources }: JobSpec,
  { storage, perInstance }: PlanOption,
  type: InstanceType,
  services: Services,
): ClusterStorage {
  const found: ClusterStorage = { shared: [], local: undefined, notes: [] };
  const speed = { iops: resources.storage?.iops, mibPerSecond: resources.storage?.mibPerSecond };
  const isShared = resources.storage?.shared === true;
  const sharedGib = resources.storage?.gib ?? 0;
  const ownGib = ((isShared ? 0 : sharedGib) + (resources.scratchGiB ?? 0)) * perInstance;
  for (const { name } of storage) {
    if (name.startsWith('FSx for Lustre ')) {
      const offer = services.lustre.types.find((one) => name.endsWith(` ${one.name}`));
      if (offer === undefined) continue;
      found.shared.push(lustre(offer, lustreGib({ gib: sharedGib, ...speed }, offer, services.lustre)));
      found.notes.push(
        'SharedStorage: /shared goes with the cluster. DeletionPolicy: Retain keeps it, and what it costs; DataRepositoryAssociations link it to S3.',
      );
    } else if (name === 'EFS') {
      const { tree, notes } = efs(speed.mibPerSecond);
      found.shared.push(tree);
      found.notes.push(...notes);
    } else if (name === 'instance-store') {
      found.local = { EphemeralVolume: { MountDir: '/scratch' } };
      found.notes.push(
        `LocalStorage: the discs of ${type.type} itself, at /scratch; gone when the instance goes.`,
      );
    } else if (name === 'gp3' || name === 'io2') {
      const { tree, notes } = volume(name, ownGib, perInstance, isShared ? {} : speed);
      found.local = tree;
      found.notes.push(...notes);
    }
  }
  return found;
}

/** SCRATCH_2, or PERSISTENT_2-250: its type, and MB/s for each TiB. */
function lustre({ name, mbPerSecondPerTib }: Services['lustre']['types'][number], gib: number): Tree {
  const [deployment = name, throughput] = name.split('-');
  return {
    Name: 'lustre',
    MountDir: '/shared',
    StorageType: 'FsxLustre',
    FsxLustreSettings: {
      StorageCapacity: gib,
      DeploymentType: deployment,
      ...(throughput === undefined ? {} : { PerUnitStorageThroughput: mbPerSecondPerTib }),
    },
  };
}

function efs(mibPerSecond: number | undefined): { tree: Tree; notes: string[] } {
  const settings: Tree =
    mibPerSecond === undefined
      ? { ThroughputMode: 'bursting' }
      : {
          ThroughputMode: 'provisioned',
          ProvisionedThroughput: Math.min(Math.ceil(mibPerSecond), MOST_PROVISIONED),
        };
  return {
    tree: { Name: 'efs', MountDir: '/shared', StorageType: 'Efs', EfsSettings: settings },
    notes: [
      'EfsSettings: the plan has elastic throughput, and its price; ParallelCluster makes EFS bursting or provisioned only. Make an elastic one by hand, and name it by FileSystemId instead.',
    ],
  };
}

/** On the root volume of each node, where TMPDIR is: ParallelCluster gives nodes no other of their own. */
function volume(
  name: 'gp3' | 'io2',
  ownGib: number,
  perInstance: number,
  speed: { iops?: number | undefined; mibPerSecond?: number | undefined },
): { tree: Tree; notes: string[] } {
  const gib = ROOT_GIB + ownGib;
  const [iops, mibPerSecond] = [(speed.iops ?? 0) * perInstance, (speed.mibPerSecond ?? 0) * perInstance];
  const most = MOST[name];
  const asked = {
    gib,
    iops: name === 'io2' ? Math.max(iops, Math.ceil(mibPerSecond / 0.25)) : iops,
    mibPerSecond: name === 'io2' ? 0 : mibPerSecond,
  };
  const notes = [
    `LocalStorage: what was planned as ${name} of its own is on the root volume of each node, with ${ROOT_GIB} GiB more for the image.`,
    ...(asked.gib > most.gib || asked.iops > most.iops || asked.mibPerSecond > most.mibPerSecond
      ? [
          `LocalStorage: ${num(gib)} GiB, ${num(iops)} IOPS and ${num(mibPerSecond)} MiB/s were planned for each node together; ParallelCluster's checks know one ${name} of up to ${num(most.gib)} GiB and ${num(most.iops)} IOPS. Attach more volumes by CustomActions.`,
        ]
      : []),
  ];
  if (name === 'io2') {
    const wanted = Math.min(Math.max(100, asked.iops), most.iops);
    const size = Math.min(Math.max(gib, Math.ceil(wanted / 1_000)), most.gib);
    return { tree: { RootVolume: { VolumeType: 'io2', Size: size, Iops: wanted } }, notes };
  }
  const throughput = Math.min(Math.max(125, mibPerSecond), most.mibPerSecond);
  const size = Math.min(gib, most.gib);
  const wanted = Math.min(Math.max(3_000, iops, throughput * 4), most.iops);
  return {
    tree: {
      RootVolume: {
        VolumeType: 'gp3',
        // 500 IOPS for each GiB.
        Size: Math.max(size, Math.ceil(wanted / 500)),
        Iops: wanted,
        Throughput: throughput,
      },
    },
    notes,
  };
}
