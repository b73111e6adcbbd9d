import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { PricingClient } from '@aws-sdk/client-pricing';
import {
  instanceTableText,
  parseInstanceTable,
  type InstanceTable,
} from '../domain/catalogue/instance-table.ts';
import { parseCurated } from './curated.ts';
import { differenceText, incompleteness } from './difference.ts';
import { readFacts } from './ec2-facts.ts';
import { readPrices } from './list-prices.ts';
import { Incomplete } from './pages.ts';

export interface Refreshing {
  /** Where curated.txt and the table are. */
  folder: URL;
  region: string;
  /** Of the region. */
  ec2: EC2Client;
  /** The price list is served in few regions, and is of all. */
  pricing: PricingClient;
  now: Date;
}

/**
 * Rebuilds the table of instance types from EC2 and the price list, and returns what has changed. Either
 * all of it is written or nothing: throws Incomplete when AWS has told less than is needed.
 */
export async function refreshTable({ folder, region, ec2, pricing, now }: Refreshing): Promise<string> {
  const file = new URL(`instances-${region}.csv`, folder);
  const before = await presentTable(file);
  const patterns = parseCurated(await readFile(new URL('curated.txt', folder), 'utf8'));
  const [facts, prices] = await Promise.all([readFacts(ec2, patterns), readPrices(pricing, region)]);
  const date = now.toISOString().slice(0, 10);
  const after: InstanceTable = {
    facts: { what: `DescribeInstanceTypes of ${region}`, date },
    prices: { what: `On-Demand, Linux, ${region}: GetProducts of the AWS price list`, date },
    types: facts.map((fact) => ({ ...fact, usdPerHour: prices.get(fact.type) })),
  };
  const why = incompleteness(before, after, patterns);
  if (why !== undefined) throw new Incomplete(`The table of ${region} was left as it is: ${why}`);
  await replace(file, checked(after, region));
  return differenceText(before, after);
}

/** Empty for a region that has none yet. */
async function presentTable(file: URL): Promise<InstanceTable> {
  try {
    return parseInstanceTable(await readFile(file, 'utf8'));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    const nothing = { what: 'nothing', date: '1970-01-01' };
    return { facts: nothing, prices: nothing, types: [] };
  }
}

/** What cannot be read again must not be written. */
function checked(table: InstanceTable, region: string): string {
  const text = instanceTableText(table, region);
  if (instanceTableText(parseInstanceTable(text), region) !== text) {
    throw new Error(`The new table of ${region} does not read as what it was written from`);
  }
  return text;
}

/** Whoever reads it meanwhile reads the old one or the new one, and never a part. */
async function replace(file: URL, text: string): Promise<void> {
  const beside = new URL(`${file.href}.${process.pid}.new`);
  try {
    await writeFile(beside, text);
    await rename(beside, file);
  } finally {
    await rm(beside, { force: true });
  }
}
