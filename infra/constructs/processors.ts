import { InstanceArchitecture, InstanceType } from 'aws-cdk-lib/aws-ec2';

/** What nodes are made of. All queues have one kind, as hpc-broker has one BATCH_VCPUS_PER_CORE for all of them. */
export interface Processor {
  architecture: 'arm64' | 'x86_64';
  /** Families for what runs on one node: of compute, general and memory, so that there is a place for each ratio. */
  families: readonly string[];
  /** Those of them that have a size 48xlarge. */
  newest: readonly string[];
  /** Families with an instance store, for pools: a core has as many threads there as it likes. */
  withStore: readonly string[];
  /** AWS: "Amazon EC2 instance types", threads per core. */
  vcpusPerCore: 1 | 2;
  /** Of a Slurm cluster; has to be of the architecture of its nodes. */
  headNode: string;
}

const intelWithStore = ['c6id', 'm6id', 'r6id', 'i4i'];
const intelHead = 't3.large';

const graviton: Processor = {
  architecture: 'arm64',
  newest: ['c8g', 'm8g', 'r8g'],
  families: ['c8g', 'm8g', 'r8g', 'c7g', 'm7g', 'r7g'],
  withStore: ['c8gd', 'm8gd', 'r8gd', 'c7gd', 'm7gd', 'r7gd'],
  vcpusPerCore: 1,
  headNode: 't4g.large',
};
/** Without simultaneous multithreading from the 7th generation on. */
const amd: Processor = {
  architecture: 'x86_64',
  newest: ['c8a', 'm8a', 'r8a'],
  families: ['c8a', 'm8a', 'r8a', 'c7a', 'm7a', 'r7a'],
  withStore: intelWithStore,
  vcpusPerCore: 1,
  headNode: intelHead,
};
const intel: Processor = {
  architecture: 'x86_64',
  newest: ['c8i', 'm8i', 'r8i'],
  families: ['c8i', 'm8i', 'r8i', 'c7i', 'm7i', 'r7i'],
  withStore: intelWithStore,
  vcpusPerCore: 2,
  headNode: intelHead,
};

/** hpc* have one thread a core whoever has made them. */
const ONE_THREAD = /^(hpc\d|[cmr][7-9]a\.)/;

/** The kind that an instance type is of. */
export function processorOf(instanceType: string): Processor {
  if (new InstanceType(instanceType).architecture === InstanceArchitecture.ARM_64) return graviton;
  return ONE_THREAD.test(instanceType) ? amd : intel;
}

/** 4 for each xlarge; types that have fewer than that, as hpc7a, are counted as more than they are. */
export function vcpusOf(instanceType: string): number {
  const times = /\.(\d*)xlarge$/.exec(instanceType)?.[1];
  if (times === undefined) throw new Error(`${instanceType} is no type of 4 vCPUs or more`);
  return 4 * Number(times || 1);
}
