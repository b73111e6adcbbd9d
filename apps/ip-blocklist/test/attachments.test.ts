import type { Rule, WebACL } from '@aws-sdk/client-wafv2';
import { describe, expect, it } from 'vitest';
import { conditionsOf } from '../src/adapters/waf/attachments.ts';

const group = { name: 'blocklist', arn: 'arn:group' };
const acl = (name: string, ...rules: Partial<Rule>[]) => ({ Name: name, Rules: rules }) as WebACL;
const refers = (more: object = {}, rule: Partial<Rule> = {}): Partial<Rule> => ({
  Name: 'blocklist',
  Priority: 1,
  OverrideAction: { None: {} },
  Statement: { RuleGroupReferenceStatement: { ARN: group.arn, ...more } },
  ...rule,
});
const severities = (...acls: WebACL[]) => conditionsOf(acls, group).map(({ severity }) => severity);

describe('a rule group', () => {
  it('is blind when no web ACL blocks by it, in whichever way', () => {
    expect(severities()).toEqual(['blind']);
    expect(severities(acl('other'))).toEqual(['blind']);
    expect(severities(acl('staging', refers({}, { OverrideAction: { Count: {} } })))).toEqual(['blind']);
    expect(severities(acl('staging', refers({ ExcludedRules: [{ Name: 'block' }] })))).toEqual(['blind']);
    const overrides = { RuleActionOverrides: [{ Name: 'block', ActionToUse: { Count: {} } }] };
    expect(severities(acl('staging', refers(overrides)))).toEqual(['blind']);
  });

  it('is not blind when one of several blocks by it; the others are told', () => {
    const counts = refers({}, { OverrideAction: { Count: {} } });
    expect(severities(acl('prod', refers()), acl('staging', counts))).toEqual(['note']);
    expect(severities(acl('prod', refers()))).toEqual([]);
  });

  it('is told what gets past it', () => {
    const before = { Name: 'partners', Priority: 0, Action: { Allow: {} } };
    const [condition] = conditionsOf([acl('prod', before, refers())], group);
    expect(condition?.message).toContain('what partners allows gets past');
  });
});
