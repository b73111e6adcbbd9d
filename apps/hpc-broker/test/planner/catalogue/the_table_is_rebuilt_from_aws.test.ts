import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Incomplete } from '../../../src/catalogue/pages.ts';
import { refreshTable } from '../../../src/catalogue/refresh-table.ts';
import { parseInstanceTable } from '../../../src/domain/catalogue/instance-table.ts';
import { product, startAws, typeXml } from './aws.ts';

const BEFORE = `# EC2 instance types for HPC, in us-east-1.
# facts: 2026-08-02 somewhere
# prices: 2026-07-20 somewhere else
type,arch,cores,memory_mib,gpus,gpu,gpu_memory_mib,network_gbps,network_baseline_gbps,network,efa,ebs_iops,ebs_mbps,store_gb,spot,cluster_placement,usd_per_hour
c8g.xlarge,arm64,4,8192,0,,,12.5,1.875,ena,no,40000,1250,,yes,yes,0.1
hpc7a.12xlarge,x86_64,24,786432,0,,,300,300,ena,yes,11000,260.625,,no,yes,
m8g.xlarge,arm64,4,16384,0,,,12.5,1.875,ena,no,40000,1250,,yes,yes,0.2
r8g.xlarge,arm64,4,32768,0,,,12.5,1.875,ena,no,40000,1250,,yes,yes,0.3
`;

describe('catalogue:refresh', () => {
  let aws: Awaited<ReturnType<typeof startAws>>;
  let folder: string;

  beforeEach(async () => {
    aws = await startAws();
    folder = await mkdtemp(join(tmpdir(), 'catalogue-'));
    await writeFile(join(folder, 'instances-us-east-1.csv'), BEFORE);
    await writeFile(join(folder, 'curated.txt'), '# which\nc8g.*\nm8g.xlarge\nr8g.*\nhpc7a.*\n');
    for (const type of ['c8g.xlarge', 'c8g.4xlarge', 'm8g.xlarge', 'r8g.xlarge', 't3.micro']) {
      aws.world.types.set(type, typeXml(type));
    }
    aws.world.products = [
      product('c8g.4xlarge', '0.4000000000'),
      product('c8g.xlarge', '0.1250000000'),
      // In the list, and of no use to HPC; and what cannot be had by the hour.
      product('t3.micro', '0.0104000000'),
      product('m8g.xlarge', '0.0000000000'),
      product('m8g.xlarge', '0.2000000000'),
      product('r8g.xlarge', '0.2400000000'),
    ];
  });

  afterEach(async () => {
    await aws.stop();
    await rm(folder, { recursive: true });
  });

  const refresh = (): Promise<string> =>
    refreshTable({
      folder: pathToFileURL(`${folder}/`),
      region: 'us-east-1',
      ec2: aws.ec2,
      pricing: aws.pricing,
      now: new Date('2026-11-23T12:00:00Z'),
    });
  const table = (): Promise<string> => readFile(join(folder, 'instances-us-east-1.csv'), 'utf8');
  const leftAsItIs = async (because: RegExp): Promise<void> => {
    await expect(refresh()).rejects.toThrow(Incomplete);
    await expect(refresh()).rejects.toThrow(because);
    expect(await table()).toBe(BEFORE);
    expect((await readdir(folder)).toSorted()).toEqual(['curated.txt', 'instances-us-east-1.csv']);
  };

  it('reads all pages, tells what has changed, and writes the table sorted and dated', async () => {
    expect(await refresh()).toBe(
      [
        '4 types; before there were 4',
        'added: c8g.4xlarge',
        'gone: hpc7a.12xlarge',
        'price changed: c8g.xlarge 0.1 → 0.125 USD (+25.0 %), r8g.xlarge 0.3 → 0.24 USD (-20.0 %)',
        '',
      ].join('\n'),
    );
    expect(aws.world.calls.toSorted()).toEqual([
      'DescribeInstanceTypes',
      'DescribeInstanceTypes 2',
      'GetProducts',
      'GetProducts 2',
      'GetProducts 4',
    ]);
    const { facts, prices, types } = parseInstanceTable(await table());
    expect(facts).toEqual({ what: 'DescribeInstanceTypes of us-east-1', date: '2026-11-23' });
    expect(prices.date).toBe('2026-11-23');
    expect(types.map(({ type, usdPerHour }) => [type, usdPerHour])).toEqual([
      ['c8g.4xlarge', 0.4],
      ['c8g.xlarge', 0.125],
      ['m8g.xlarge', 0.2],
      ['r8g.xlarge', 0.24],
    ]);
    expect(types[1]).toMatchObject({
      arch: 'arm64',
      network: 'ena',
      networkGbps: 12.5,
      networkBaselineGbps: 1.875,
    });
  });

  it('gives the same table when nothing has changed since', async () => {
    await refresh();
    const first = await table();
    expect(await refresh()).toContain('price changed: none');
    expect(await table()).toBe(first);
  });

  it('goes by what EC2 says of a network in words, where its cards add up to more', async () => {
    aws.world.types.set('c8g.4xlarge', typeXml('c8g.4xlarge', { network: '2x 0.5 Gigabit' }));
    await refresh();
    expect(parseInstanceTable(await table()).types[0]).toMatchObject({
      networkGbps: 1,
      networkBaselineGbps: 1,
    });
  });

  it('leaves the table as it is when EC2 tells nothing of what was sold before', async () => {
    aws.world.types.delete('r8g.xlarge');
    await leftAsItIs(/tells nothing of r8g\.\*.*curated\.txt/);
  });

  it('leaves it when the price list has lost a price', async () => {
    aws.world.products = aws.world.products.filter((one) => !one.includes('r8g'));
    await leftAsItIs(/no price of r8g\.xlarge/);
  });

  it('leaves it when pages lead back to themselves', async () => {
    aws.world.isStuck = true;
    await leftAsItIs(/same page token twice/);
  });

  it('leaves it when a type is told by halves', async () => {
    aws.world.types.set('c8g.xlarge', typeXml('c8g.xlarge').replace(/<vCpuInfo>.*<\/vCpuInfo>/, ''));
    await leftAsItIs(/does not tell VCpuInfo\.DefaultCores of c8g\.xlarge/);
  });

  it('leaves it when there are two prices of one type', async () => {
    aws.world.products.push(product('c8g.xlarge', '0.2000000000'));
    await leftAsItIs(/c8g\.xlarge for 0\.125 and for 0\.2/);
  });

  it('leaves it when the price list cannot be read', async () => {
    aws.world.products.push('{"product":{}}');
    await leftAsItIs(/a product that is none/);
  });

  it('starts a table for a region that has none, unless nothing there has a price', async () => {
    await rm(join(folder, 'instances-us-east-1.csv'));
    const all = aws.world.products;
    aws.world.products = [];
    await expect(refresh()).rejects.toThrow(/no type has a price/);
    expect(await readdir(folder)).toEqual(['curated.txt']);
    aws.world.products = all;
    expect(await refresh()).toContain('added: c8g.xlarge, c8g.4xlarge, m8g.xlarge, r8g.xlarge');
  });

  it('runs as a program, which says what has changed, or why nothing was written', async () => {
    const well = await programAgainst(aws.endpoint, folder);
    expect(well).toMatchObject({ code: 0, stderr: '' });
    expect(well.stdout).toContain('added: c8g.4xlarge');
    const written = await table();
    aws.world.types.delete('r8g.xlarge');
    const ill = await programAgainst(aws.endpoint, folder);
    expect(ill).toMatchObject({ code: 1, stdout: '' });
    expect(ill.stderr).toMatch(/^The table of us-east-1 was left as it is: EC2 tells nothing of r8g\.\*/);
    expect(await table()).toBe(written);
  });
});

function programAgainst(
  endpoint: string,
  folder: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const program = fileURLToPath(new URL('../../../src/catalogue/refresh.ts', import.meta.url));
  const env = { AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, 'us-east-1', folder], { env }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}
