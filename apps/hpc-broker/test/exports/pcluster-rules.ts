import { parse } from 'yaml';
import { z } from 'zod';
import { catalogue } from '../planner/support.ts';

/**
 * What AWS documents of cluster configuration files, version 3 (docs.aws.amazon.com/parallelcluster/latest/ug:
 * Scheduling-v3, SharedStorage-v3), as far as it is used here. Strict: what it does not know is wrong.
 */
const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/)
  .max(25)
  .refine((text) => text !== 'default');
const subnet = z.string().regex(/^subnet-([0-9a-z]{8}|[0-9a-z]{17})$/);
const mountDir = z.string().regex(/^\/[\w/-]+$/);
const EFS = z
  .strictObject({
    ThroughputMode: z.enum(['bursting', 'provisioned']),
    ProvisionedThroughput: z.int().min(1).max(1_024).optional(),
  })
  .refine((efs) => (efs.ThroughputMode === 'provisioned') === (efs.ProvisionedThroughput !== undefined));
const LUSTRE = z
  .strictObject({
    StorageCapacity: z.int().refine((gib) => gib === 1_200 || (gib > 0 && gib % 2_400 === 0)),
    DeploymentType: z.enum(['SCRATCH_2', 'PERSISTENT_2']),
    PerUnitStorageThroughput: z.union([125, 250, 500, 1_000].map((one) => z.literal(one))).optional(),
  })
  .refine((fs) => (fs.DeploymentType === 'PERSISTENT_2') === (fs.PerUnitStorageThroughput !== undefined));
const shared = { Name: name, MountDir: mountDir };
const rootVolume = z.discriminatedUnion('VolumeType', [
  z
    .strictObject({
      VolumeType: z.literal('gp3'),
      Size: z.int().min(35).max(16_384),
      Iops: z.int().min(3_000).max(16_000),
      Throughput: z.int().min(125).max(1_000),
    })
    .refine(({ Size, Iops }) => Iops <= Math.max(3_000, Size * 500))
    .refine(({ Iops, Throughput }) => Throughput <= Iops / 4),
  z
    .strictObject({
      VolumeType: z.literal('io2'),
      Size: z.int().min(35).max(65_536),
      Iops: z.int().min(100).max(256_000),
    })
    .refine(({ Size, Iops }) => Iops <= Size * 1_000),
]);

const computeResource = z.strictObject({
  Name: name,
  InstanceType: z.string(),
  MinCount: z.literal(0),
  MaxCount: z.int().min(1),
  DisableSimultaneousMultithreading: z.boolean().optional(),
  Efa: z.strictObject({ Enabled: z.boolean() }).optional(),
});
const queue = z
  .strictObject({
    Name: name,
    CapacityType: z.enum(['ONDEMAND', 'SPOT']),
    ComputeResources: z.array(computeResource).min(1).max(50),
    Networking: z.strictObject({
      SubnetIds: z.array(subnet).min(1),
      PlacementGroup: z.strictObject({ Enabled: z.boolean() }),
    }),
    ComputeSettings: z
      .strictObject({
        LocalStorage: z.strictObject({
          RootVolume: rootVolume.optional(),
          EphemeralVolume: z.strictObject({ MountDir: mountDir }).optional(),
        }),
      })
      .optional(),
  })
  .refine(
    ({ Networking, ComputeResources }) =>
      Networking.SubnetIds.length === 1 ||
      !(Networking.PlacementGroup.Enabled || ComputeResources.some(({ Efa }) => Efa?.Enabled)),
    'a placement group and EFA are of one subnet',
  );

const Configuration = z.strictObject({
  Region: z.string(),
  Image: z.strictObject({ Os: z.enum(['alinux2023', 'ubuntu2204', 'ubuntu2404', 'rhel8', 'rhel9']) }),
  HeadNode: z.strictObject({
    InstanceType: z.string(),
    Networking: z.strictObject({ SubnetId: subnet }),
    Ssh: z.strictObject({ KeyName: z.string().min(1) }),
  }),
  Scheduling: z.strictObject({
    Scheduler: z.literal('slurm'),
    SlurmQueues: z.array(queue).min(1).max(50),
  }),
  SharedStorage: z
    .array(
      z.discriminatedUnion('StorageType', [
        z.strictObject({ ...shared, StorageType: z.literal('Efs'), EfsSettings: EFS }),
        z.strictObject({ ...shared, StorageType: z.literal('FsxLustre'), FsxLustreSettings: LUSTRE }),
      ]),
    )
    .max(2)
    .optional(),
});
export type Configuration = z.infer<typeof Configuration>;

const armHead = /^t4g\./;

/** Throws where ParallelCluster would not take it. */
export function parseCluster(text: string): Configuration {
  const cluster = Configuration.parse(parse(text));
  for (const { CapacityType, ComputeResources, Networking } of cluster.Scheduling.SlurmQueues) {
    for (const one of ComputeResources) {
      const type = catalogue.instances.types.find((known) => known.type === one.InstanceType);
      if (type === undefined) throw new Error(`${one.InstanceType} is unknown`);
      if (one.Efa?.Enabled === true && !type.efa) throw new Error(`${type.type} has no EFA`);
      if (CapacityType === 'SPOT' && !type.spot) throw new Error(`${type.type} is not sold as Spot`);
      if (one.DisableSimultaneousMultithreading === true && type.arch !== 'x86_64')
        throw new Error('only x86_64 has threads to disable');
      if (Networking.PlacementGroup.Enabled && !type.clusterPlacement)
        throw new Error(`${type.type} can be in no placement group`);
      if (armHead.test(cluster.HeadNode.InstanceType) !== (type.arch === 'arm64'))
        throw new Error('head node and compute nodes have to be of one architecture');
    }
  }
  return cluster;
}
