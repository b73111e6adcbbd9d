import {
  CreateIPSetCommand,
  CreateRuleGroupCommand,
  CreateWebACLCommand,
  DeleteIPSetCommand,
  GetIPSetCommand,
  GetRuleGroupCommand,
  GetWebACLCommand,
  ListIPSetsCommand,
  ListRuleGroupsCommand,
  ListWebACLsCommand,
  UpdateIPSetCommand,
  UpdateRuleGroupCommand,
  UpdateWebACLCommand,
  type Rule,
  type Scope,
  type WAFV2Client,
} from '@aws-sdk/client-wafv2';

const LIMIT = 100;
const quiet = (MetricName: string) => ({
  SampledRequestsEnabled: false,
  CloudWatchMetricsEnabled: false,
  MetricName,
});

export type WafAccount = ReturnType<typeof createWafAccount>;

/** WAF as somebody uses it who does not know of the service: everything by name, always the latest state. */
export function createWafAccount(waf: WAFV2Client, Scope: Scope) {
  const named = <T extends { Name?: string | undefined }>(all: T[] | undefined, name: string): T => {
    const found = all?.find(({ Name }) => Name === name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  };
  const ipSets = async () => (await waf.send(new ListIPSetsCommand({ Scope, Limit: LIMIT }))).IPSets ?? [];
  const ruleGroups = async () =>
    (await waf.send(new ListRuleGroupsCommand({ Scope, Limit: LIMIT }))).RuleGroups ?? [];
  const webAcls = async () => (await waf.send(new ListWebACLsCommand({ Scope, Limit: LIMIT }))).WebACLs ?? [];

  return {
    ipSets,
    ruleGroups,
    webAcls,

    async ipSet(Name: string) {
      const { Id } = named(await ipSets(), Name);
      return (await waf.send(new GetIPSetCommand({ Scope, Name, Id }))).IPSet;
    },

    async makeIpSet(Name: string, Addresses: string[], IPAddressVersion: 'IPV4' | 'IPV6' = 'IPV4') {
      const { Summary } = await waf.send(
        new CreateIPSetCommand({ Scope, Name, IPAddressVersion, Addresses }),
      );
      return Summary?.ARN ?? '';
    },

    async editIpSet(Name: string, Addresses: string[]) {
      const { Id, LockToken } = named(await ipSets(), Name);
      await waf.send(new UpdateIPSetCommand({ Scope, Name, Id, LockToken, Addresses }));
    },

    async removeIpSet(Name: string) {
      const { Id, LockToken } = named(await ipSets(), Name);
      await waf.send(new DeleteIPSetCommand({ Scope, Name, Id, LockToken }));
    },

    async ruleGroup(Name: string) {
      const { Id } = named(await ruleGroups(), Name);
      return (await waf.send(new GetRuleGroupCommand({ Scope, Name, Id }))).RuleGroup;
    },

    async makeRuleGroup(Name: string, Capacity: number, Rules: Rule[] = []) {
      const { Summary } = await waf.send(
        new CreateRuleGroupCommand({ Scope, Name, Capacity, Rules, VisibilityConfig: quiet(Name) }),
      );
      return Summary?.ARN ?? '';
    },

    async editRuleGroup(Name: string, Rules: Rule[]) {
      const { Id, LockToken } = named(await ruleGroups(), Name);
      const VisibilityConfig = quiet(Name);
      await waf.send(new UpdateRuleGroupCommand({ Scope, Name, Id, LockToken, Rules, VisibilityConfig }));
    },

    async webAcl(Name: string) {
      const { Id } = named(await webAcls(), Name);
      return (await waf.send(new GetWebACLCommand({ Scope, Name, Id }))).WebACL;
    },

    async makeWebAcl(Name: string, Rules: Rule[]) {
      await waf.send(
        new CreateWebACLCommand({
          Scope,
          Name,
          Rules,
          DefaultAction: { Allow: {} },
          VisibilityConfig: quiet(Name),
        }),
      );
    },

    async editWebAcl(Name: string, Rules: Rule[]) {
      const { Id, LockToken } = named(await webAcls(), Name);
      await waf.send(
        new UpdateWebACLCommand({
          Scope,
          Name,
          Id,
          LockToken,
          Rules,
          DefaultAction: { Allow: {} },
          VisibilityConfig: quiet(Name),
        }),
      );
    },
  };
}

/** A web ACL's rule that applies a rule group, or counts what it would turn away. */
export function applying(arn: string, priority: number, override: 'None' | 'Count' = 'None'): Rule {
  return {
    Name: 'blocklist',
    Priority: priority,
    Statement: { RuleGroupReferenceStatement: { ARN: arn } },
    OverrideAction: override === 'None' ? { None: {} } : { Count: {} },
    VisibilityConfig: quiet('blocklist'),
  };
}

/** A rule about the addresses of an IP set. */
export function about(arn: string, priority: number, action: 'Allow' | 'Block'): Rule {
  return {
    Name: `${action}-${priority}`,
    Priority: priority,
    Statement: { IPSetReferenceStatement: { ARN: arn } },
    Action: action === 'Allow' ? { Allow: {} } : { Block: {} },
    VisibilityConfig: quiet('office'),
  };
}
