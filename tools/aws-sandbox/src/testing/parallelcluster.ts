import { parse } from 'yaml';
import { z } from 'zod';

/**
 * What AWS documents of cluster configuration files, version 3 (docs.aws.amazon.com/parallelcluster/latest/ug:
 * HeadNode-v3, Scheduling-v3, SharedStorage-v3), as far as it is used here. Strict: what it does not know is wrong.
 */
const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/)
  .max(25)
  .refine((text) => text !== 'default');
const idOf = (kind: string) => z.string().regex(new RegExp(`^${kind}-([0-9a-z]{8}|[0-9a-z]{17})$`));
const subnet = idOf('subnet');
const groups = z.array(idOf('sg')).min(1).optional();
const mountDir = z.string().regex(/^\/[\w/-]+$/);
const EFS = z
  .strictObject({
    ThroughputMode: z.enum(['bursting', 'provisioned']),
    ProvisionedThroughput: z.int().min(1).max(1_024).optional(),
  })
  .refine((efs) => (efs.ThroughputMode === 'provisioned') === (efs.ProvisionedThroughput !== undefined));
const EXISTING_EFS = z.strictObject({
  FileSystemId: idOf('fs'),
  EncryptionInTransit: z.boolean().optional(),
});
const LUSTRE = z
  .strictObject({
    StorageCapacity: z.int().refine((gib) => gib === 1_200 || (gib > 0 && gib % 2_400 === 0)),
    DeploymentType: z.enum(['SCRATCH_2', 'PERSISTENT_2']),
    PerUnitStorageThroughput: z.union([125, 250, 500, 1_000].map((one) => z.literal(one))).optional(),
  })
  .refine((fs) => (fs.DeploymentType === 'PERSISTENT_2') === (fs.PerUnitStorageThroughput !== undefined));
const EXISTING_LUSTRE = z.strictObject({ FileSystemId: idOf('fs') });
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

const access = z
  .array(z.strictObject({ BucketName: z.string().min(3).max(63), EnableWriteAccess: z.boolean().optional() }))
  .optional();

const computeResource = z
  .strictObject({
    Name: name,
    InstanceType: z.string().optional(),
    Instances: z
      .array(z.strictObject({ InstanceType: z.string() }))
      .min(1)
      .optional(),
    MinCount: z.literal(0),
    MaxCount: z.int().min(1),
    DisableSimultaneousMultithreading: z.boolean().optional(),
    Efa: z.strictObject({ Enabled: z.boolean() }).optional(),
  })
  .refine(
    ({ InstanceType, Instances }) => (InstanceType === undefined) !== (Instances === undefined),
    'either InstanceType or Instances',
  );
/** Of On-Demand instances there is only the price to go by. */
const STRATEGIES = {
  ONDEMAND: ['lowest-price'],
  SPOT: ['lowest-price', 'capacity-optimized', 'price-capacity-optimized'],
} as const;
const queue = z
  .strictObject({
    Name: name,
    CapacityType: z.enum(['ONDEMAND', 'SPOT']),
    AllocationStrategy: z.enum(STRATEGIES.SPOT).optional(),
    ComputeResources: z.array(computeResource).min(1).max(50),
    Networking: z.strictObject({
      SubnetIds: z.array(subnet).min(1),
      PlacementGroup: z.strictObject({ Enabled: z.boolean() }),
      AdditionalSecurityGroups: groups,
    }),
    ComputeSettings: z
      .strictObject({
        LocalStorage: z.strictObject({
          RootVolume: rootVolume.optional(),
          EphemeralVolume: z.strictObject({ MountDir: mountDir }).optional(),
        }),
      })
      .optional(),
    Iam: z.strictObject({ S3Access: access }).optional(),
  })
  .refine(
    ({ CapacityType, AllocationStrategy: one }) =>
      one === undefined || (STRATEGIES[CapacityType] as readonly string[]).includes(one),
    'this strategy is of Spot',
  )
  .refine(
    ({ AllocationStrategy: one, ComputeResources }) =>
      one === undefined || ComputeResources.every(({ Instances }) => Instances !== undefined),
    'a strategy chooses among Instances',
  )
  .refine(
    ({ Networking, ComputeResources }) =>
      Networking.SubnetIds.length === 1 ||
      !(Networking.PlacementGroup.Enabled || ComputeResources.some(({ Efa }) => Efa?.Enabled)),
    'a placement group and EFA are of one subnet',
  );

const Configuration = z.strictObject({
  Region: z.string(),
  Imds: z.strictObject({ ImdsSupport: z.enum(['v1.0', 'v2.0']) }).optional(),
  Image: z.strictObject({ Os: z.enum(['alinux2023', 'ubuntu2204', 'ubuntu2404', 'rhel8', 'rhel9']) }),
  HeadNode: z.strictObject({
    InstanceType: z.string(),
    Networking: z.strictObject({ SubnetId: subnet, AdditionalSecurityGroups: groups }),
    Ssh: z.strictObject({ KeyName: z.string().min(1) }).optional(),
    Iam: z
      .strictObject({
        AdditionalIamPolicies: z.array(z.strictObject({ Policy: z.string().startsWith('arn:') })).optional(),
        S3Access: access,
      })
      .optional(),
  }),
  Scheduling: z.strictObject({
    Scheduler: z.literal('slurm'),
    SlurmSettings: z.strictObject({ ScaledownIdletime: z.int().min(-1) }).optional(),
    SlurmQueues: z.array(queue).min(1).max(50),
  }),
  SharedStorage: z
    .array(
      z.discriminatedUnion('StorageType', [
        z.strictObject({
          ...shared,
          StorageType: z.literal('Efs'),
          EfsSettings: z.union([EFS, EXISTING_EFS]),
        }),
        z.strictObject({
          ...shared,
          StorageType: z.literal('FsxLustre'),
          FsxLustreSettings: z.union([LUSTRE, EXISTING_LUSTRE]),
        }),
      ]),
    )
    .max(2)
    .optional(),
});
export type Configuration = z.infer<typeof Configuration>;

/** What has to be known of instance types; the catalogue of hpc-broker has it. */
export interface KnownType {
  type: string;
  arch: 'x86_64' | 'arm64';
  cores: number;
  efa: boolean;
  spot: boolean;
  clusterPlacement: boolean;
}

const armHead = /^t4g\./;

/** Throws where ParallelCluster would not take it. */
export function parseCluster(text: string, types: readonly KnownType[]): Configuration {
  const cluster = Configuration.parse(parse(text));
  const arch = armHead.test(cluster.HeadNode.InstanceType) ? 'arm64' : 'x86_64';
  for (const one of cluster.Scheduling.SlurmQueues) {
    for (const resource of one.ComputeResources) {
      const names = resource.Instances?.map(({ InstanceType }) => InstanceType) ?? [resource.InstanceType!];
      const found = names.map((type) => types.find((known) => known.type === type) ?? unknown(type));
      for (const type of found) checkType(type, one, resource, arch);
      if (new Set(found.map(({ cores }) => cores)).size > 1)
        throw new Error(`${names.join(', ')}: nodes of one compute resource have as many cores`);
    }
  }
  return cluster;
}

type Queue = Configuration['Scheduling']['SlurmQueues'][number];

function checkType(
  type: KnownType,
  { CapacityType, Networking }: Queue,
  { Efa, DisableSimultaneousMultithreading }: Queue['ComputeResources'][number],
  arch: KnownType['arch'],
): void {
  if (Efa?.Enabled === true && !type.efa) throw new Error(`${type.type} has no EFA`);
  if (CapacityType === 'SPOT' && !type.spot) throw new Error(`${type.type} is not sold as Spot`);
  if (DisableSimultaneousMultithreading === true && type.arch !== 'x86_64')
    throw new Error('only x86_64 has threads to disable');
  if (Networking.PlacementGroup.Enabled && !type.clusterPlacement)
    throw new Error(`${type.type} can be in no placement group`);
  if (arch !== type.arch) throw new Error('head node and compute nodes have to be of one architecture');
}

function unknown(type: string): never {
  throw new Error(`${type} is unknown`);
}
