import { expect, it } from 'vitest';
import { Config } from '../src/config.ts';
import { TOPOLOGIES } from '../src/gates.ts';
import { answering, ask, startEdge, startUpstream } from './edge.ts';

const PREFIX = '/thumbnailer/';
const longPath = (bytes: number) => PREFIX + 'a'.repeat(bytes - PREFIX.length);

async function edgeOf(topology: (typeof TOPOLOGIES)[number]) {
  const upstream = await startUpstream(answering({}));
  return { upstream, edge: await startEdge([upstream.url], { topology }) };
}

it('takes a URL of 8192 bytes and refuses one more, as CloudFront does', async () => {
  const { edge, upstream } = await edgeOf('cloudfront-waf-alb');
  expect((await ask(edge.url + longPath(8_192))).status).toBe(200);
  const refused = await ask(edge.url + longPath(8_193));
  expect([refused.status, refused.headers['x-edge-gate']]).toEqual([414, 'cloudfront-quotas']);
  expect(JSON.parse(refused.text)).toMatchObject({ code: 'uri_too_long' });
  expect(upstream.asked).toHaveLength(1);
});

it('refuses headers of more than 32768 bytes, as CloudFront does', async () => {
  const { edge, upstream } = await edgeOf('cloudfront-waf-alb');
  expect((await ask(`${edge.url}${PREFIX}`, { headers: { big: 'a'.repeat(32_000) } })).status).toBe(200);
  const refused = await ask(`${edge.url}${PREFIX}`, { headers: { big: 'a'.repeat(32_768) } });
  expect([refused.status, refused.headers['x-edge-gate']]).toEqual([431, 'cloudfront-quotas']);
  expect(JSON.parse(refused.text)).toMatchObject({ code: 'headers_too_large' });
  expect(upstream.asked).toHaveLength(1);
});

it.each(['alb', 'alb-waf'] as const)('refuses under %s only what an ALB refuses', async (topology) => {
  const { edge } = await edgeOf(topology);
  expect((await ask(edge.url + longPath(16_000))).status).toBe(200);
  const refused = await ask(edge.url + longPath(16_400));
  expect([refused.status, refused.headers['x-edge-gate']]).toEqual([414, 'alb-quotas']);
});

it.each(['nlb', 'ec2-public'] as const)('lets everything through under %s', async (topology) => {
  const { edge, upstream } = await edgeOf(topology);
  expect((await ask(edge.url + longPath(17_000))).status).toBe(200);
  expect((await ask(`${edge.url}${PREFIX}`, { headers: { big: 'a'.repeat(40_000) } })).status).toBe(200);
  expect(upstream.asked).toHaveLength(2);
});

it('listens on loopback, behind CloudFront, WAF and ALB, unless told otherwise', () => {
  expect(Config.parse({})).toMatchObject({
    HOST: '127.0.0.1',
    PORT: 8080,
    EDGE_TOPOLOGY: 'cloudfront-waf-alb',
  });
});
