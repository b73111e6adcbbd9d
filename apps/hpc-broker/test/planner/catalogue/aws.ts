import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EC2Client } from '@aws-sdk/client-ec2';
import { PricingClient } from '@aws-sdk/client-pricing';

/** What the server has, for a test to change. */
export interface World {
  /** Type to the XML of what EC2 says of it. */
  types: Map<string, string>;
  /** Products of the price list, as JSON. */
  products: string[];
  perPage: number;
  /** Pages point to themselves. */
  isStuck: boolean;
  calls: string[];
}

/** EC2's query protocol and the price list's JSON 1.1, on the wire, in pages. */
export async function startAws(): Promise<{
  world: World;
  ec2: EC2Client;
  pricing: PricingClient;
  endpoint: string;
  stop: () => Promise<void>;
}> {
  const world: World = { types: new Map(), products: [], perPage: 2, isStuck: false, calls: [] };
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const target = request.headers['x-amz-target'];
      response.setHeader('content-type', target === undefined ? 'text/xml' : 'application/x-amz-json-1.1');
      response.end(
        target === undefined ? typesAnswer(world, new URLSearchParams(body)) : productsAnswer(world, body),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = {
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const [ec2, pricing] = [new EC2Client(client), new PricingClient(client)];
  return {
    world,
    ec2,
    pricing,
    endpoint: client.endpoint,
    async stop() {
      ec2.destroy();
      pricing.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function typesAnswer(world: World, query: URLSearchParams): string {
  world.calls.push(`${query.get('Action')} ${query.get('NextToken') ?? ''}`.trim());
  const filters = [...query].filter(([key]) => /^Filter\.1\.Value\.\d+$/.test(key)).map(([, value]) => value);
  const matching = [...world.types].filter(([type]) =>
    filters.some((filter) => (filter.endsWith('*') ? type.startsWith(filter.slice(0, -1)) : type === filter)),
  );
  const { items, next } = pageOf(world, matching, query.get('NextToken'));
  const set = items.map(([, xml]) => `<item>${xml}</item>`).join('');
  const token = next === undefined ? '' : `<nextToken>${next}</nextToken>`;
  return `<DescribeInstanceTypesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>1</requestId><instanceTypeSet>${set}</instanceTypeSet>${token}</DescribeInstanceTypesResponse>`;
}

function productsAnswer(world: World, body: string): string {
  const { NextToken } = JSON.parse(body) as { NextToken?: string };
  world.calls.push(`GetProducts ${NextToken ?? ''}`.trim());
  const { items, next } = pageOf(world, world.products, NextToken ?? null);
  return JSON.stringify({
    FormatVersion: 'aws_v1',
    PriceList: items,
    ...(next === undefined ? {} : { NextToken: next }),
  });
}

function pageOf<T>(
  { perPage, isStuck }: World,
  all: readonly T[],
  token: string | null,
): { items: T[]; next: string | undefined } {
  const from = Number(token ?? 0);
  const to = from + perPage;
  const next = isStuck ? '1' : to < all.length ? String(to) : undefined;
  return { items: all.slice(from, to), next };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

/** As EC2 says it, of a type without GPUs and without instance store. */
export function typeXml(
  type: string,
  { cores = 4, network = 'Up to 12.5 Gigabit', memory = 8_192 } = {},
): string {
  const isArm = /^\w+g[a-z]*\./.test(type);
  return [
    `<instanceType>${type}</instanceType>`,
    '<supportedUsageClasses><item>on-demand</item><item>spot</item></supportedUsageClasses>',
    `<processorInfo><supportedArchitectures><item>${isArm ? 'arm64' : 'x86_64'}</item></supportedArchitectures></processorInfo>`,
    `<vCpuInfo><defaultVCpus>${cores}</defaultVCpus><defaultCores>${cores}</defaultCores></vCpuInfo>`,
    `<memoryInfo><sizeInMiB>${memory}</sizeInMiB></memoryInfo>`,
    '<ebsInfo><ebsOptimizedInfo><maximumIops>40000</maximumIops><maximumThroughputInMBps>1250.0</maximumThroughputInMBps></ebsOptimizedInfo></ebsInfo>',
    `<networkInfo><networkPerformance>${network}</networkPerformance><enaSupport>required</enaSupport><efaSupported>false</efaSupported>`,
    '<networkCards><item><peakBandwidthInGbps>12.5</peakBandwidthInGbps><baselineBandwidthInGbps>1.875</baselineBandwidthInGbps></item></networkCards></networkInfo>',
    '<placementGroupInfo><supportedStrategies><item>cluster</item><item>spread</item></supportedStrategies></placementGroupInfo>',
  ].join('');
}

/** As the price list says it. */
export function product(type: string, usd: string): string {
  const dimension = { unit: 'Hrs', pricePerUnit: { USD: usd } };
  return JSON.stringify({
    product: {
      productFamily: 'Compute Instance',
      sku: type,
      attributes: { instanceType: type, regionCode: 'us-east-1' },
    },
    serviceCode: 'AmazonEC2',
    terms: { OnDemand: { [`${type}.JRTC`]: { priceDimensions: { [`${type}.JRTC.6YS6`]: dimension } } } },
  });
}
