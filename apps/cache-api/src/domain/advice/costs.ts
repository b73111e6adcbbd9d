import { HOURS, NODES, PRICES, SECONDS, type CacheNode } from './prices.ts';

export type StoreKind = 'redis' | 'memcached' | 'memory' | 'none';

/** One line of a bill for a month, and how it comes about. */
export interface Cost {
  what: string;
  usd: number;
  formula: string;
}

/** What a collection uses, in one instance of the service; but the bytes of the store, which all share. */
export interface Usage {
  loadsPerSecond: number;
  /** Mean time of a load, in ms. */
  loadMs: number;
  storeAnswersPerSecond: number;
  storeBytes: number;
  entryBytes: number;
  l1Bytes: number;
}

export interface CostSettings {
  store: StoreKind;
  instances: number;
  hasSource: boolean;
}

/** db.r6g and r7g have 8 GiB per vCPU, an ACU 2 GiB and CPU in proportion (Aurora User Guide, "Aurora Serverless v2 capacity"). */
const ACUS_PER_BUSY_CORE = 4;
/** Assumed: an index lookup whose last page is not in memory. */
const IOS_PER_LOAD = 1;
/** Of the lease, and of the fill. */
const WRITES_PER_LOAD = 2;
const GB = 1e9;
const MILLION = 1e6;

/** Of a month, in USD. It is what varies with the settings: no minimum of anything is in it. */
export function costsOf(usage: Usage, { store, instances, hasSource }: CostSettings): Cost[] {
  const costs: Cost[] = [];
  const loads = usage.loadsPerSecond * instances;
  if (hasSource) {
    const acus = ((loads * usage.loadMs) / 1_000) * ACUS_PER_BUSY_CORE;
    costs.push({
      what: 'database, compute',
      usd: acus * HOURS * PRICES.acuHour.usd,
      formula: `${n(loads)} loads/s × ${n(usage.loadMs)} ms × ${ACUS_PER_BUSY_CORE} ACU per busy core × ${HOURS} h × $${PRICES.acuHour.usd}`,
    });
    costs.push({
      what: 'database, I/O',
      usd: ((loads * IOS_PER_LOAD * SECONDS) / MILLION) * PRICES.auroraIo.usd,
      formula: `${n(loads)} loads/s × ${IOS_PER_LOAD} I/O × ${SECONDS} s × $${PRICES.auroraIo.usd} per million`,
    });
  }
  if (store === 'redis' || store === 'memcached') costs.push(...storeCosts(usage, loads, store, instances));
  const l1Gb = (usage.l1Bytes * instances) / GB;
  costs.push({
    what: 'L1, memory of the tasks',
    usd: l1Gb * HOURS * PRICES.taskGbHour.usd,
    formula: `${n(usage.l1Bytes / MILLION)} MB × ${instances} instances × ${HOURS} h × $${PRICES.taskGbHour.usd} per GB-hour`,
  });
  return costs;
}

function storeCosts(
  { storeAnswersPerSecond, storeBytes, entryBytes }: Usage,
  loads: number,
  store: 'redis' | 'memcached',
  instances: number,
): Cost[] {
  const [gbHour, ecpu] =
    store === 'redis'
      ? [PRICES.redisGbHour, PRICES.redisEcpu]
      : [PRICES.memcachedGbHour, PRICES.memcachedEcpu];
  // Each read and write is 1 ECPU per KB, and 1 at least (ElastiCache pricing page).
  const ecpus = Math.max(1, entryBytes / 1_000);
  const reads = storeAnswersPerSecond * instances + loads;
  const perSecond = reads * ecpus + loads * WRITES_PER_LOAD * ecpus;
  return [
    {
      what: 'store, requests',
      usd: ((perSecond * SECONDS) / MILLION) * ecpu.usd,
      formula: `(${n(reads)} reads/s + ${WRITES_PER_LOAD} × ${n(loads)} loads/s) × ${n(ecpus)} ECPU × ${SECONDS} s × $${ecpu.usd} per million`,
    },
    {
      what: 'store, memory',
      usd: (storeBytes / GB) * HOURS * gbHour.usd,
      formula: `${n(storeBytes / MILLION)} MB × ${HOURS} h × $${gbHour.usd} per GB-hour`,
    },
  ];
}

/** What CloudFront takes for answers that pass through it; none of the settings here changes that. */
export function cloudFrontCosts(requestsPerSecond: number, bytesPerRequest: number): Cost[] {
  const requests = requestsPerSecond * SECONDS;
  const gigabytes = (requests * bytesPerRequest) / GB;
  return [
    {
      what: 'CloudFront, requests',
      usd: (requests / 10_000) * PRICES.cloudFrontRequests.usd,
      formula: `${n(requestsPerSecond)} requests/s × ${SECONDS} s × $${PRICES.cloudFrontRequests.usd} per 10,000`,
    },
    {
      what: 'CloudFront, transfer',
      usd: gigabytes * PRICES.cloudFrontGb.usd,
      formula: `${n(gigabytes)} GB × $${PRICES.cloudFrontGb.usd} per GB`,
    },
  ];
}

/** The smallest ElastiCache node that holds so much, with a quarter kept free, and what it costs in a month. */
export function nodeFor(bytes: number): { node: CacheNode; cost: Cost } | undefined {
  const node = NODES.find(({ memoryGib }) => bytes <= memoryGib * 2 ** 30 * 0.75);
  if (node === undefined) return undefined;
  const usd = node.usdPerHour * HOURS;
  return { node, cost: { what: node.type, usd, formula: `1 node × ${HOURS} h × $${node.usdPerHour}` } };
}

export const totalOf = (costs: readonly Cost[]): number => costs.reduce((sum, { usd }) => sum + usd, 0);

const n = (value: number): string =>
  value >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString();
