import type { PlanSource } from '@groundwork/contracts';

/** What EC2 says of an instance type, as far as it matters for where a job runs. */
export interface InstanceType {
  type: string;
  arch: 'x86_64' | 'arm64';
  /** Physical ones: where a core runs two threads, EC2 counts two vCPUs. */
  cores: number;
  memoryMib: number;
  gpus: number;
  gpu: string;
  gpuMemoryMib: number;
  networkGbps: number;
  networkBaselineGbps: number;
  /** 82599: the Intel virtual function, up to 10 Gbps, of old generations only. */
  network: 'ena' | '82599';
  efa: boolean;
  /** Ceilings of the instance; undefined: EC2 does not say. */
  ebsIops: number | undefined;
  ebsMbps: number | undefined;
  storeGb: number;
  spot: boolean;
  clusterPlacement: boolean;
  /** On-Demand, Linux; undefined: not sold in the region. */
  usdPerHour: number | undefined;
}

export interface InstanceTable {
  facts: PlanSource;
  prices: PlanSource;
  types: InstanceType[];
}

const COLUMNS =
  'type,arch,cores,memory_mib,gpus,gpu,gpu_memory_mib,network_gbps,network_baseline_gbps,network,efa,ebs_iops,ebs_mbps,store_gb,spot,cluster_placement,usd_per_hour';

/** Reads the table of a region. Throws an Error that names the first line that is wrong. */
export function parseInstanceTable(text: string): InstanceTable {
  const lines = text.split('\n').filter((line) => line !== '');
  const rows = lines.filter((line) => !line.startsWith('#'));
  if (rows[0] !== COLUMNS) throw new Error(`The instance table must start with the columns ${COLUMNS}`);
  return {
    facts: sourceIn(lines, 'facts'),
    prices: sourceIn(lines, 'prices'),
    types: rows.slice(1).map(typeOf),
  };
}

/** The same table as text, sorted, so that two of them can be compared line by line. */
export function instanceTableText(table: InstanceTable, region: string): string {
  const head = [
    `# EC2 instance types for HPC, in ${region}. Rebuilt by \`npm run catalogue:refresh\`; which types: curated.txt`,
    `# facts: ${table.facts.date} ${table.facts.what}`,
    `# prices: ${table.prices.date} ${table.prices.what}`,
    `# Without a price: it was not sold in ${region} on that day.`,
    COLUMNS,
  ];
  return `${[...head, ...table.types.toSorted(bySize).map(lineOf)].join('\n')}\n`;
}

function sourceIn(lines: readonly string[], what: string): PlanSource {
  const found = lines
    .map((line) => /^# (\w+): (\d{4}-\d\d-\d\d) (.+)$/.exec(line))
    .find((m) => m?.[1] === what);
  const [, , date, said] = found ?? [];
  if (date === undefined || said === undefined) {
    throw new Error(`The instance table must have a line "# ${what}: YYYY-MM-DD where from"`);
  }
  return { what: said, date };
}

function typeOf(line: string): InstanceType {
  const [type = '', arch, cores, memory, gpus, gpu = '', gpuMemory, gbps, baseline, network, ...rest] =
    line.split(',');
  const [efa, iops, mbps, store, spot, cluster, usd] = rest;
  const wrong = (what: string): Error => new Error(`The instance table has a wrong ${what}: ${line}`);
  const optional = (text: string | undefined, what: string): number | undefined => {
    if (text === undefined || !/^(\d+(\.\d+)?)?$/.test(text)) throw wrong(what);
    return text === '' ? undefined : Number(text);
  };
  const number = (text: string | undefined, what: string): number => {
    const value = optional(text, what);
    if (value === undefined) throw wrong(what);
    return value;
  };
  const yes = (text: string | undefined, what: string): boolean => {
    if (text !== 'yes' && text !== 'no') throw wrong(what);
    return text === 'yes';
  };
  if (!/^[a-z0-9-]+\.[a-z0-9-]+$/.test(type)) throw wrong('type');
  if (arch !== 'x86_64' && arch !== 'arm64') throw wrong('arch');
  if (network !== 'ena' && network !== '82599') throw wrong('network');
  return {
    type,
    arch,
    cores: number(cores, 'cores'),
    memoryMib: number(memory, 'memory_mib'),
    gpus: number(gpus, 'gpus'),
    gpu,
    gpuMemoryMib: optional(gpuMemory, 'gpu_memory_mib') ?? 0,
    networkGbps: number(gbps, 'network_gbps'),
    networkBaselineGbps: number(baseline, 'network_baseline_gbps'),
    network,
    efa: yes(efa, 'efa'),
    ebsIops: optional(iops, 'ebs_iops'),
    ebsMbps: optional(mbps, 'ebs_mbps'),
    storeGb: optional(store, 'store_gb') ?? 0,
    spot: yes(spot, 'spot'),
    clusterPlacement: yes(cluster, 'cluster_placement'),
    usdPerHour: optional(usd, 'usd_per_hour'),
  };
}

function lineOf(one: InstanceType): string {
  const yes = (value: boolean): string => (value ? 'yes' : 'no');
  const some = (value: number): string => (value === 0 ? '' : String(value));
  const cells = [
    one.type,
    one.arch,
    one.cores,
    one.memoryMib,
    one.gpus,
    one.gpu,
    some(one.gpuMemoryMib),
    one.networkGbps,
    one.networkBaselineGbps,
    one.network,
    yes(one.efa),
    one.ebsIops ?? '',
    one.ebsMbps ?? '',
    some(one.storeGb),
    yes(one.spot),
    yes(one.clusterPlacement),
    one.usdPerHour ?? '',
  ];
  return cells.join(',');
}

/** c8g or hpc7a. */
export function familyOf(type: string): string {
  return type.split('.')[0] ?? type;
}

function bySize(a: InstanceType, b: InstanceType): number {
  const [one, other] = [familyOf(a.type), familyOf(b.type)];
  if (one !== other) return one < other ? -1 : 1;
  return a.cores - b.cores || (a.type < b.type ? -1 : 1);
}
