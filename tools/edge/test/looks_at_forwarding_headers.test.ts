import { CreateIPSetCommand, CreateWebACLCommand, WAFV2Client, type Statement } from '@aws-sdk/client-wafv2';
import type { Condition, ForwardedAddress } from '@groundwork/aws-sandbox';
import { eventually } from '@groundwork/service/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { compileAcl } from '../src/compile-acl.ts';
import { startEdge, startUpstream } from './edge.ts';
import { askFrom, credentials, startAccount } from './sandbox.ts';

const LISTED = '192.0.2.1';
const forwarded = (changes: Partial<ForwardedAddress> = {}): ForwardedAddress => ({
  header: 'X-Forwarded-For',
  position: 'FIRST',
  fallback: 'NO_MATCH',
  ...changes,
});

/** Whether a client with this header is blocked by a rule with this condition. */
function blocks(when: Condition, header: string | undefined, address = '198.51.100.1'): boolean {
  const rules = [{ name: 'rule', action: 'block' as const, when }];
  const judge = compileAcl({ version: '', defaultAction: 'allow', rules }, (one) =>
    one === LISTED ? 'DE' : undefined,
  );
  const headers = header === undefined ? {} : { 'x-forwarded-for': header };
  return judge({ address, headers }).action === 'block';
}

const set = (changes: Partial<ForwardedAddress> = {}): Condition => ({
  addresses: [`${LISTED}/32`],
  forwarded: forwarded(changes),
});

describe('a rule about an address in a header', () => {
  it('looks at the header that the client sent, not at where it comes from', () => {
    expect(blocks(set(), LISTED)).toBe(true);
    expect(blocks(set(), '203.0.113.1', LISTED)).toBe(false);
  });

  it.each([
    ['FIRST', `${LISTED}, 203.0.113.1`, true],
    ['FIRST', `203.0.113.1, ${LISTED}`, false],
    ['LAST', `203.0.113.1, ${LISTED}`, true],
    ['LAST', `${LISTED}, 203.0.113.1`, false],
    ['ANY', `203.0.113.1, ${LISTED},203.0.113.2`, true],
    ['ANY', `unknown, ${LISTED}`, true],
    ['ANY', '203.0.113.1, 203.0.113.2', false],
  ] as const)('%s of %s: %s', (position, header, expected) => {
    expect(blocks(set({ position }), header)).toBe(expected);
  });

  it('sees with ANY the last ten addresses of a longer header', () => {
    const others = Array.from({ length: 9 }, (_, i) => `203.0.113.${i}`);
    expect(blocks(set({ position: 'ANY' }), [LISTED, ...others].join(', '))).toBe(true);
    expect(blocks(set({ position: 'ANY' }), [LISTED, ...others, '203.0.113.9'].join(', '))).toBe(false);
  });

  it.each(['', 'unknown', '192.0.2.1:8080', '192.0.2'])(
    'falls back for %j, which is no address',
    (header) => {
      expect(blocks(set({ fallback: 'MATCH' }), header)).toBe(true);
      expect(blocks(set({ fallback: 'NO_MATCH' }), header)).toBe(false);
    },
  );

  it('is not applied at all without the header, whatever its fallback and what is around it', () => {
    const always = { addresses: ['0.0.0.0/1', '128.0.0.0/1'] };
    for (const fallback of ['MATCH', 'NO_MATCH'] as const) {
      const one = set({ fallback });
      for (const when of [one, { not: one }, { all: [always, { not: one }] }, { any: [always, one] }]) {
        expect(blocks(when, undefined)).toBe(false);
      }
    }
  });

  it('looks at the country of the first address only', () => {
    const when = { countries: ['DE'], forwarded: forwarded() };
    expect(blocks(when, `${LISTED}, 203.0.113.1`)).toBe(true);
    expect(blocks(when, `203.0.113.1, ${LISTED}`)).toBe(false);
  });
});

/** An edge in front of which a web ACL blocks what the statement matches. */
async function startBlocking(statementOf: (ipSet: string) => Statement) {
  const { endpoint } = await startAccount();
  const waf = new WAFV2Client({ endpoint, region: 'us-east-1', credentials });
  onTestFinished(() => waf.destroy());
  const Scope = 'CLOUDFRONT';
  const { Summary } = await waf.send(
    new CreateIPSetCommand({ Name: 'set', Scope, IPAddressVersion: 'IPV4', Addresses: [`${LISTED}/32`] }),
  );
  const VisibilityConfig = {
    SampledRequestsEnabled: false,
    CloudWatchMetricsEnabled: false,
    MetricName: 'x',
  };
  const rule = { Name: 'rule', Priority: 0, Action: { Block: {} }, VisibilityConfig };
  await waf.send(
    new CreateWebACLCommand({
      Name: 'groundwork',
      Scope,
      DefaultAction: { Allow: {} },
      VisibilityConfig,
      Rules: [{ ...rule, Statement: statementOf(Summary?.ARN ?? '') }],
    }),
  );
  const upstream = await startUpstream((_req, res) => res.end('hello'));
  const countryOf = (address: string) => (address === LISTED ? 'DE' : undefined);
  const { port } = await startEdge([upstream.url], { sandboxUrl: endpoint, countryOf });
  return async (header?: string) => {
    const headers = header === undefined ? {} : { 'X-Forwarded-For': header };
    return (await askFrom(port, '127.0.0.1', headers)).status;
  };
}

it('enforces a rule about the last address of a header as WAF was told it', async () => {
  const statusFor = await startBlocking((ARN) => ({
    IPSetReferenceStatement: {
      ARN,
      IPSetForwardedIPConfig: {
        HeaderName: 'X-Forwarded-For',
        FallbackBehavior: 'MATCH',
        Position: 'LAST',
      },
    },
  }));
  await eventually(async () => (await statusFor(`203.0.113.1, ${LISTED}`)) === 403);
  expect([await statusFor(`${LISTED}, 203.0.113.1`), await statusFor('?'), await statusFor()]).toEqual([
    200, 403, 200,
  ]);
});

it('enforces a geo rule about a header as WAF was told it', async () => {
  const statusFor = await startBlocking(() => ({
    GeoMatchStatement: {
      CountryCodes: ['DE'],
      ForwardedIPConfig: { HeaderName: 'X-Forwarded-For', FallbackBehavior: 'NO_MATCH' },
    },
  }));
  await eventually(async () => (await statusFor(LISTED)) === 403);
  expect([await statusFor(`203.0.113.1, ${LISTED}`), await statusFor('?'), await statusFor()]).toEqual([
    200, 200, 200,
  ]);
});
