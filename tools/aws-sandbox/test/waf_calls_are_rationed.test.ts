import { CreateIPSetCommand, GetIPSetCommand, WAFV2Client } from '@aws-sdk/client-wafv2';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Throttle } from '../src/wafv2/throttle.ts';
import { refusal } from './contract/wafv2.ts';
import { start } from './sandbox.ts';

async function client(region: string, options: { throttleWaf?: boolean } = {}) {
  const { endpoint } = await start(undefined, options);
  const waf = new WAFV2Client({
    endpoint,
    region,
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  onTestFinished(() => waf.destroy());
  const create = (Name: string, Scope: 'REGIONAL' | 'CLOUDFRONT' = 'REGIONAL') =>
    refusal(waf.send(new CreateIPSetCommand({ Name, Scope, IPAddressVersion: 'IPV4', Addresses: [] })));
  const get = () => refusal(waf.send(new GetIPSetCommand({ Name: 'x', Id: 'x', Scope: 'REGIONAL' })));
  return { create, get };
}

describe('calls of WAF', () => {
  it('are rationed: one write and five reads a second', async () => {
    const { create, get } = await client('eu-central-1');
    expect([await create('a'), await create('b')]).toEqual(['accepted', 'ThrottlingException']);
    const reads = await Promise.all(Array.from({ length: 7 }, get));
    expect(reads.filter((result) => result === 'ThrottlingException').length).toBeGreaterThanOrEqual(1);
    expect(reads.filter((result) => result === 'WAFNonexistentItemException').length).toBeGreaterThanOrEqual(
      5,
    );
  });

  it('each action has its own ration, which comes back with time', () => {
    let now = 0;
    const throttle = new Throttle(() => now);
    throttle.take('UpdateIPSet', 'us-east-1');
    throttle.take('UpdateRuleGroup', 'us-east-1');
    throttle.take('UpdateIPSet', 'eu-central-1');
    expect(() => throttle.take('UpdateIPSet', 'us-east-1')).toThrow('Rate exceeded');
    now = 600;
    expect(() => throttle.take('UpdateIPSet', 'us-east-1')).toThrow('Rate exceeded');
    now = 1_100;
    throttle.take('UpdateIPSet', 'us-east-1');
  });

  it('about CloudFront go to us-east-1', async () => {
    const far = await client('eu-central-1', { throttleWaf: false });
    expect(await far.create('a', 'CLOUDFRONT')).toBe('WAFInvalidParameterException');
    const near = await client('us-east-1', { throttleWaf: false });
    expect(await near.create('a', 'CLOUDFRONT')).toBe('accepted');
  });
});
