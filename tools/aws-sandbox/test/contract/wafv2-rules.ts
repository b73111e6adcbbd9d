import {
  CreateRuleGroupCommand,
  CreateWebACLCommand,
  DeleteIPSetCommand,
  GetRuleGroupCommand,
  GetWebACLCommand,
  UpdateRuleGroupCommand,
  type Rule,
} from '@aws-sdk/client-wafv2';
import { describe, expect } from 'vitest';
import type { Aws, Suite } from './contract.ts';
import { newIpSet, refusal, uniqueName, visibility } from './wafv2.ts';

const block = (arn: string, Priority: number, Name = `rule-${Priority}`): Rule => ({
  Name,
  Priority,
  Statement: { IPSetReferenceStatement: { ARN: arn } },
  Action: { Block: {} },
  VisibilityConfig: visibility(Name),
});

async function newRuleGroup(aws: Aws, Rules: Rule[], Capacity = 50) {
  const Name = uniqueName('group');
  const { Summary } = await aws.waf.send(
    new CreateRuleGroupCommand({
      Name,
      Scope: 'REGIONAL',
      Capacity,
      Rules,
      VisibilityConfig: visibility('group'),
    }),
  );
  return { Name, Id: Summary?.Id, Scope: 'REGIONAL' as const, arn: Summary?.ARN ?? '' };
}

export const describeWafRules: Suite = ({ test }) => {
  describe('WAF rules', () => {
    test('a rule group keeps its rules, and is replaced under its lock token', async (aws) => {
      const set = await newIpSet(aws, ['192.0.2.0/24']);
      const { arn: _arn, ...which } = await newRuleGroup(aws, [block(set.arn, 1)]);
      const { RuleGroup, LockToken } = await aws.waf.send(new GetRuleGroupCommand(which));
      expect(RuleGroup).toMatchObject({ Capacity: 50, Rules: [{ Name: 'rule-1', Priority: 1 }] });
      const update = () =>
        aws.waf.send(
          new UpdateRuleGroupCommand({
            ...which,
            Rules: [],
            LockToken,
            VisibilityConfig: visibility('group'),
          }),
        );
      await update();
      expect(await refusal(update())).toBe('WAFOptimisticLockException');
    });

    test('a rule that refers to an IP set that is not there is refused', async (aws) => {
      const set = await newIpSet(aws, []);
      const absent = set.arn.replace(/[^/]+$/, '00000000-0000-0000-0000-000000000000');
      expect(await refusal(newRuleGroup(aws, [block(absent, 1)]))).toBe('WAFNonexistentItemException');
    });

    test('two rules of the same priority are refused', async (aws) => {
      const set = await newIpSet(aws, []);
      const rules = [block(set.arn, 1, 'a'), block(set.arn, 1, 'b')];
      expect(await refusal(newRuleGroup(aws, rules))).toBe('WAFInvalidParameterException');
    });

    test('more than fifty references in a rule group are refused', async (aws) => {
      const set = await newIpSet(aws, []);
      const rules = Array.from({ length: 51 }, (_, i) => block(set.arn, i));
      expect(await refusal(newRuleGroup(aws, rules, 100))).toBe('WAFLimitsExceededException');
    });

    test('rules that need more capacity than their group has are refused', async (aws) => {
      const set = await newIpSet(aws, []);
      const rules = [block(set.arn, 1), block(set.arn, 2)];
      expect(await refusal(newRuleGroup(aws, rules, 1))).toBe('WAFLimitsExceededException');
      expect(await refusal(newRuleGroup(aws, rules, 2))).toBe('accepted');
    });

    test('an IP set that a rule refers to cannot be deleted', async (aws) => {
      const set = await newIpSet(aws, []);
      await newRuleGroup(aws, [block(set.arn, 1)]);
      const { LockToken } = await set.get();
      const remove = new DeleteIPSetCommand({ Name: set.Name, Id: set.Id, Scope: set.Scope, LockToken });
      expect(await refusal(aws.waf.send(remove))).toBe('WAFAssociatedItemException');
    });

    test('a web ACL refers to a rule group and states what it costs', async (aws) => {
      const set = await newIpSet(aws, []);
      const group = await newRuleGroup(aws, [block(set.arn, 1)], 7);
      const Name = uniqueName('acl');
      const { Summary } = await aws.waf.send(
        new CreateWebACLCommand({
          Name,
          Scope: 'REGIONAL',
          DefaultAction: { Allow: {} },
          VisibilityConfig: visibility('acl'),
          Rules: [
            {
              Name: 'blocklist',
              Priority: 0,
              Statement: { RuleGroupReferenceStatement: { ARN: group.arn } },
              OverrideAction: { None: {} },
              VisibilityConfig: visibility('blocklist'),
            },
          ],
        }),
      );
      const { WebACL } = await aws.waf.send(
        new GetWebACLCommand({ Name, Id: Summary?.Id, Scope: 'REGIONAL' }),
      );
      expect(WebACL).toMatchObject({ Capacity: 7, Rules: [{ Name: 'blocklist' }] });
    });
  });
};
