import { CheckCapacityCommand, CountryCode, type Statement } from '@aws-sdk/client-wafv2';
import { describe, expect } from 'vitest';
import type { Aws, Suite } from './contract.ts';
import { newIpSet, refusal, visibility } from './wafv2.ts';

const capacityOf = async (aws: Aws, Statement: Statement) => {
  const rule = {
    Name: 'rule',
    Priority: 0,
    Statement,
    Action: { Block: {} },
    VisibilityConfig: visibility('rule'),
  };
  const { Capacity } = await aws.waf.send(new CheckCapacityCommand({ Scope: 'REGIONAL', Rules: [rule] }));
  return Capacity;
};

const geo = (codes: readonly string[], forwarded?: object): Statement => ({
  GeoMatchStatement: {
    CountryCodes: codes as ('DE' | 'XK')[],
    ...(forwarded === undefined ? {} : { ForwardedIPConfig: forwarded as never }),
  },
});

export const describeWafConditions: Suite = ({ test }) => {
  describe('WAF conditions', () => {
    test('an IP set match costs 1 WCU, one at any position of a header 4 more', async (aws) => {
      const { arn: ARN } = await newIpSet(aws, []);
      const at = (Position: 'FIRST' | 'LAST' | 'ANY') =>
        capacityOf(aws, {
          IPSetReferenceStatement: {
            ARN,
            IPSetForwardedIPConfig: {
              HeaderName: 'X-Forwarded-For',
              FallbackBehavior: 'NO_MATCH',
              Position,
            },
          },
        });
      expect(await capacityOf(aws, { IPSetReferenceStatement: { ARN } })).toBe(1);
      expect([await at('FIRST'), await at('LAST'), await at('ANY')]).toEqual([1, 1, 5]);
    });

    test('a geo match costs 1 WCU, by the address of a header too', async (aws) => {
      expect(await capacityOf(aws, geo(['DE', 'XK']))).toBe(1);
      const forwarded = { HeaderName: 'X-Forwarded-For', FallbackBehavior: 'MATCH' };
      expect(await capacityOf(aws, geo(['DE'], forwarded))).toBe(1);
    });

    for (const [what, statement] of [
      ['a geo match of no country', geo([])],
      ['a geo match of 51 countries', geo(Object.values(CountryCode).slice(0, 51))],
      ['a geo match of a country that there is not', geo(['ZZ'])],
      [
        'a header whose name has blanks in it',
        geo(['DE'], { HeaderName: 'X Forwarded', FallbackBehavior: 'MATCH' }),
      ],
      [
        'a fallback that there is not',
        geo(['DE'], { HeaderName: 'X-Forwarded-For', FallbackBehavior: 'BLOCK' }),
      ],
    ] as const) {
      test(`${what} is refused`, async (aws) => {
        expect(await refusal(capacityOf(aws, statement))).toBe('WAFInvalidParameterException');
      });
    }

    test('a position of a forwarding header that there is not is refused', async (aws) => {
      const { arn: ARN } = await newIpSet(aws, []);
      const config = { HeaderName: 'X-Forwarded-For', FallbackBehavior: 'MATCH', Position: 'SECOND' };
      const statement = { IPSetReferenceStatement: { ARN, IPSetForwardedIPConfig: config as never } };
      expect(await refusal(capacityOf(aws, statement))).toBe('WAFInvalidParameterException');
    });
  });
};
