import { DescribeInstanceTypesCommand, type EC2Client, type InstanceTypeInfo } from '@aws-sdk/client-ec2';
import { familyOf, type InstanceType } from '../domain/catalogue/instance-table.ts';
import { Incomplete, pagesOf } from './pages.ts';

export type Facts = Omit<InstanceType, 'usdPerHour'>;

/** The most values of a filter, and the most that EC2 gives at once. */
const FILTER_VALUES = 200;
const PAGE = 100;
/**
 * Without ENA these have the Intel 82599 VF; others without it have no enhanced networking at all.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/sriov-networking.html
 */
const INTEL_82599 = new Set(['c3', 'c4', 'd2', 'i2', 'm4', 'r3']);

/** What EC2 says of the types that match, in the client's region. Throws Incomplete where it says too little. */
export async function readFacts(ec2: EC2Client, patterns: readonly string[]): Promise<Facts[]> {
  const facts: Facts[] = [];
  for (let from = 0; from < patterns.length; from += FILTER_VALUES) {
    const Filters = [{ Name: 'instance-type', Values: patterns.slice(from, from + FILTER_VALUES) }];
    const pages = pagesOf('DescribeInstanceTypes', (NextToken) =>
      ec2.send(new DescribeInstanceTypesCommand({ Filters, MaxResults: PAGE, NextToken })),
    );
    for await (const { InstanceTypes } of pages) {
      if (InstanceTypes === undefined)
        throw new Incomplete('DescribeInstanceTypes gave a page without types');
      facts.push(...InstanceTypes.map(factsOf));
    }
  }
  return facts;
}

function factsOf(info: InstanceTypeInfo): Facts {
  const type = told(info.InstanceType, 'InstanceType', 'a type');
  const gpus = info.GpuInfo?.Gpus ?? [];
  const ebs = info.EbsInfo?.EbsOptimizedInfo;
  return {
    type,
    arch: archOf(type, info),
    cores: told(info.VCpuInfo?.DefaultCores, 'VCpuInfo.DefaultCores', type),
    memoryMib: told(info.MemoryInfo?.SizeInMiB, 'MemoryInfo.SizeInMiB', type),
    gpus: gpus.reduce((sum, { Count }) => sum + (Count ?? 0), 0),
    gpu: (gpus[0]?.Name ?? '').replaceAll(',', ' '),
    gpuMemoryMib: info.GpuInfo?.TotalGpuMemoryInMiB ?? 0,
    ...networkOf(type, info),
    ebsIops: ebs?.MaximumIops,
    ebsMbps: ebs?.MaximumThroughputInMBps,
    storeGb: info.InstanceStorageInfo?.TotalSizeInGB ?? 0,
    spot: told(info.SupportedUsageClasses, 'SupportedUsageClasses', type).includes('spot'),
    clusterPlacement: info.PlacementGroupInfo?.SupportedStrategies?.includes('cluster') ?? false,
  };
}

function archOf(type: string, { ProcessorInfo }: InstanceTypeInfo): Facts['arch'] {
  const known = told(ProcessorInfo?.SupportedArchitectures, 'ProcessorInfo.SupportedArchitectures', type);
  if (known.includes('arm64')) return 'arm64';
  if (known.includes('x86_64')) return 'x86_64';
  throw new Incomplete(`${type} is neither arm64 nor x86_64: ${known.join(', ')}`);
}

function networkOf(
  type: string,
  { NetworkInfo }: InstanceTypeInfo,
): Pick<Facts, 'networkGbps' | 'networkBaselineGbps' | 'network' | 'efa'> {
  const cards = told(NetworkInfo?.NetworkCards, 'NetworkInfo.NetworkCards', type);
  const sum = (of: 'PeakBandwidthInGbps' | 'BaselineBandwidthInGbps'): number =>
    cards.reduce((all, card) => all + (card[of] ?? 0), 0);
  // Of some types the cards add up to more than the instance has: what EC2 says in words holds.
  const said = /^(?:Up to )?(?:(\d+)x )?([\d.]+) Gigabit$/.exec(NetworkInfo?.NetworkPerformance ?? '');
  const peak = said === null ? sum('PeakBandwidthInGbps') : Number(said[1] ?? 1) * Number(said[2]);
  if (peak === 0)
    throw new Incomplete(`DescribeInstanceTypes does not tell how fast the network of ${type} is`);
  const isOld = NetworkInfo?.EnaSupport === 'unsupported' && INTEL_82599.has(familyOf(type));
  return {
    networkGbps: peak,
    networkBaselineGbps: Math.min(peak, sum('BaselineBandwidthInGbps')),
    network: isOld ? '82599' : 'ena',
    efa: NetworkInfo?.EfaSupported ?? false,
  };
}

function told<T>(value: T | undefined, field: string, type: string): T {
  if (value === undefined) throw new Incomplete(`DescribeInstanceTypes does not tell ${field} of ${type}`);
  return value;
}
