import { CfnResource } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { EXAMPLES } from '../architectures/all.ts';
import { EXAMPLE } from '../architectures/example-stack.ts';
import { costs, HOURS } from '../cost/cost-of.ts';
import { readPrices } from '../cost/price-list.ts';
import { tableOf } from '../cost/table.ts';
import { Model } from '../model.ts';
import { platform } from '../platform.ts';
import { modelOf, modelOfExample, parametersOf, testApp, VARIANTS, type Change } from './stage.ts';

const prices = readPrices();

const linesOf = (stage: 'dev' | 'prod', change: Change) => costs(modelOf(stage, change), stage, prices);
const usd = (lines: ReturnType<typeof linesOf>, what: string): number =>
  lines.filter((one) => one.what === what).reduce((sum, one) => sum + one.usd, 0);

describe('what a stage costs while nobody uses it', () => {
  it.each(VARIANTS)('is known of every resource with %s', (_what, stage, change) => {
    const lines = linesOf(stage, change);
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) expect(line.usd, line.what).toBeGreaterThan(0);
  });

  it('is what its parameters say, times the price', () => {
    const lines = linesOf('dev', {
      network: { egress: 'endpoints', zones: 3 },
      database: { minAcu: 2, readers: 2 },
      store: { kind: 'memcached', nodeType: 'cache.t4g.micro', nodes: 3 },
    });
    expect(usd(lines, 'EC2 VPCEndpoint')).toBeCloseTo(13 * 3 * 0.01 * HOURS);
    expect(usd(lines, 'EC2 NatGateway')).toBe(0);
    expect(usd(lines, 'RDS DBInstance')).toBeCloseTo(3 * 2 * 0.12 * HOURS);
    expect(usd(lines, 'ElastiCache CacheCluster')).toBeCloseTo(3 * 0.016 * HOURS);
    // Three of 0.25 vCPU and 0.5 GB, one of twice that.
    expect(usd(lines, 'ECS Service')).toBeCloseTo(5 * (0.25 * 0.03238 + 0.5 * 0.00356) * HOURS);
  });

  it('is asked for where nobody has said what a type costs', () => {
    const app = testApp();
    const { network } = platform(app, parametersOf('dev'));
    new CfnResource(network, 'odd', { type: 'AWS::Braket::QuantumComputer' });
    expect(() => costs(new Model(app), 'dev', prices)).toThrow(
      'dev/network/odd: say in cost/cost-of.ts what a AWS::Braket::QuantumComputer costs',
    );
  });

  it.each(Object.keys(EXAMPLES))('is known of every resource of the example of %s', (name) => {
    const lines = costs(modelOfExample(name), EXAMPLE.stage, prices);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line.usd, line.what).toBeGreaterThan(0);
  });

  it('adds up in the table', () => {
    const table = tableOf(
      'dev',
      [
        { stack: 'a', what: 'x', count: 2, usd: 1.25 },
        { stack: 'b', what: 'y', count: 1, usd: 0.5 },
      ],
      prices,
    );
    expect(table).toContain(`idle, us-east-1, list prices of ${prices.date}`);
    expect(table.split('\n').at(-2)).toMatch(/all of it .* 1\.75 \|$/);
  });
});
