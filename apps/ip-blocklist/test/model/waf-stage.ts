import {
  GetRuleGroupCommand,
  ListIPSetsCommand,
  ListRuleGroupsCommand,
  UpdateIPSetCommand,
  UpdateRuleGroupCommand,
  type WAFV2Client,
} from '@aws-sdk/client-wafv2';
import { createWafApi, type WafApi } from '../../src/adapters/waf/waf-api.ts';
import { WafIpSets } from '../../src/adapters/waf/waf-ip-sets.ts';
import { setOf } from '../../src/domain/networks.ts';
import { readSubject, type Subject } from '../../src/domain/subject.ts';
import { parseTargets } from '../../src/domain/target-file/target-file.ts';
import type { WafIpSetTarget } from '../../src/domain/target-file/waf-ip-set.ts';
import type { OpenStage } from './stage.ts';

/** So small that sharding and merging have something to do; enough for any set of 16 addresses. */
const PER_SET = 4;
const TARGET =
  '{ name: here, kind: waf-ip-set, topology: cloudfront-waf-alb, maxSets: { ipv4: 3, ipv6: 1 } }';

export function rangeSubject(cidr: string): Subject {
  const read = readSubject({ cidr });
  if (!read.ok) throw new Error(read.message);
  return read.subject;
}

export const openWafStage: OpenStage = async (account) => {
  const [target] = parseTargets(`targets: [${TARGET}]`) as [WafIpSetTarget];
  return {
    target,
    subjectOf: rangeSubject,
    meaningOf: (network) => setOf([network]),
    api: () => createWafApi(account.waf, 'CLOUDFRONT', { readsPerSecond: 1e6 }),
    enforcer: (api) => new WafIpSets(api as WafApi, target, PER_SET),
    writes: new Set(['createIpSet', 'updateIpSet', 'updateRuleGroup']),
    isFenced: true,
    hasFeeds: true,
    blocked: () => account.blocked(),
    perPart: PER_SET,
    async edit(pick, addresses) {
      const { waf } = account;
      const { IPSets = [] } = await waf.send(new ListIPSetsCommand({ Scope: 'CLOUDFRONT' }));
      const ours = IPSets.filter(({ Name }) => Name?.startsWith('groundwork-blocklist-'));
      const set = ours[pick % Math.max(1, ours.length)];
      if (set === undefined) return false;
      const { Name, Id, LockToken } = set;
      const Addresses = [...addresses];
      await waf.send(new UpdateIPSetCommand({ Scope: 'CLOUDFRONT', Name, Id, LockToken, Addresses }));
      return true;
    },
    undo: () => emptyRuleGroup(account.waf),
    close: () => Promise.resolve(),
  };
};

async function emptyRuleGroup(waf: WAFV2Client): Promise<void> {
  const { RuleGroups = [] } = await waf.send(new ListRuleGroupsCommand({ Scope: 'CLOUDFRONT' }));
  const group = RuleGroups.find(({ Name }) => Name === 'groundwork-blocklist');
  if (group === undefined) return;
  const { Name, Id } = group;
  const { RuleGroup, LockToken } = await waf.send(new GetRuleGroupCommand({ Scope: 'CLOUDFRONT', Name, Id }));
  const VisibilityConfig = RuleGroup?.VisibilityConfig;
  await waf.send(
    new UpdateRuleGroupCommand({ Scope: 'CLOUDFRONT', Name, Id, LockToken, Rules: [], VisibilityConfig }),
  );
}
