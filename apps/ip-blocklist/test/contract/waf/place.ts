import { WAFV2Client, type Scope } from '@aws-sdk/client-wafv2';
import { createWafApi } from '../../../src/adapters/waf/waf-api.ts';
import { WafIpSets } from '../../../src/adapters/waf/waf-ip-sets.ts';
import { parseTargets } from '../../../src/domain/target-file/target-file.ts';
import { WAF_LIMITS, type WafIpSetTarget } from '../../../src/domain/target-file/waf-ip-set.ts';
import type { Hindrance, Place, Room } from '../place.ts';
import type { PlaceOptions } from '../sandbox.ts';
import { BOTH } from '../words.ts';
import { about, applying, createWafAccount, type WafAccount } from './account.ts';
import { turnedAwayBy } from './edge.ts';

export interface WafPlace extends Place {
  room: Room;
  account: WafAccount;
  /** Another target in the same account, by what differs. */
  enforcer(different?: Partial<WafIpSetTarget>): WafIpSets;
}

export type WafPlaceOptions = PlaceOptions & { scope: Scope };

export const GROUP = 'blocklist';
export const WEB_ACL = 'edge';
const TOPOLOGIES = { CLOUDFRONT: 'cloudfront-waf-alb', REGIONAL: 'alb-waf' } as const;
const CAPACITY = 50;
/** None of the emulators limits the rate of reads. */
const UNPACED = { readsPerSecond: 10_000 };
/** Like ours, but not by the letter; so they are somebody else's. */
const ALMOST_OURS = [
  `${GROUP}-block-v4`,
  `${GROUP}-block-v4-01`,
  `${GROUP}-2-block-v4-1`,
  `x-${GROUP}-block-v4-1`,
];

/** An account with a web ACL that refers to our rule group, which is empty, and with things of others. */
export async function openWafPlace({ endpoint, scope, faults, close }: WafPlaceOptions): Promise<WafPlace> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const waf = new WAFV2Client({ endpoint, region: 'us-east-1', maxAttempts: 1, credentials });
  const account = createWafAccount(waf, scope);
  const [target] = parseTargets(
    `targets: [{ name: here, kind: waf-ip-set, topology: ${TOPOLOGIES[scope]}, ruleGroup: ${GROUP}, maxSets: { ipv4: 2, ipv6: 1 } }]`,
  ) as [WafIpSetTarget];
  const fault = (kind: 'throttle' | 'lost-response', operation: string): void => {
    if (faults === undefined) throw new Error('it cannot be told to fail');
    faults.add({ kind, operation: `wafv2:${operation}`, times: 1 });
  };

  const office = await account.makeIpSet('office', ['198.18.0.0/15']);
  for (const name of ALMOST_OURS) await account.makeIpSet(name, ['198.18.0.1/32']);
  const theirs = await account.makeRuleGroup(`${GROUP}-2`, 10, [about(office, 0, 'Block')]);
  await account.makeWebAcl('intranet', [applying(theirs, 0)]);
  const ours = await account.makeRuleGroup(GROUP, CAPACITY);
  await account.makeWebAcl(WEB_ACL, [applying(ours, 5)]);

  return {
    account,
    enforcer: (different = {}) =>
      new WafIpSets(createWafApi(waf, scope, UNPACED), { ...target, ...different }),
    enforced: () => turnedAwayBy(account, WEB_ACL),
    async foreign() {
      const sets = (await account.ipSets()).filter(({ Name = '' }) => !OURS.test(Name));
      const groups = (await account.ruleGroups()).filter(({ Name }) => Name !== GROUP);
      const contents = [
        ...sets.map(({ Name = '' }) => account.ipSet(Name)),
        ...groups.map(({ Name = '' }) => account.ruleGroup(Name)),
        ...[WEB_ACL, 'intranet'].map((name) => account.webAcl(name)),
      ];
      // The lock tokens in the lists tell of writes that have changed nothing.
      return [sets, groups, await account.webAcls(), await Promise.all(contents)];
    },
    words: BOTH,
    hand: {
      edit: (part, { networks }) => account.editIpSet(part, networks),
      throttle: (operation) => fault('throttle', operation),
      loseAnswer: (operation) => fault('lost-response', operation),
    },
    room: {
      tooMany: WAF_LIMITS.addressesPerSet + 1,
      async fillUp() {
        const { length } = await account.ipSets();
        for (let i = length; i < WAF_LIMITS.ipSets; i += 1) await account.makeIpSet(`filler-${i}`, []);
      },
      async makeRoom() {
        for (const { Name = '' } of await account.ipSets()) {
          if (Name.startsWith('filler-')) await account.removeIpSet(Name);
        }
      },
    },
    async close() {
      waf.destroy();
      await close();
    },
  };
}

const OURS = new RegExp(`^${GROUP}-(block|allow)-(v4|v6)-[1-9]\\d*$`);

export const HINDRANCES: readonly Hindrance<WafPlace>[] = [
  {
    when: 'nothing refers to it',
    severity: 'blind',
    async arrange({ account }) {
      const partners = await account.makeIpSet('partners', ['203.0.113.0/28']);
      await account.editWebAcl(WEB_ACL, [about(partners, 1, 'Allow')]);
    },
  },
  {
    when: 'what it matches is only counted',
    severity: 'blind',
    async arrange({ account }) {
      const arn = (await account.ruleGroup(GROUP))?.ARN ?? '';
      await account.editWebAcl(WEB_ACL, [applying(arn, 5, 'Count')]);
    },
  },
  {
    when: 'an earlier rule allows',
    severity: 'note',
    async arrange({ account }) {
      const arn = (await account.ruleGroup(GROUP))?.ARN ?? '';
      const partners = await account.makeIpSet('partners', ['203.0.113.0/28']);
      await account.editWebAcl(WEB_ACL, [about(partners, 1, 'Allow'), applying(arn, 5)]);
    },
  },
];
