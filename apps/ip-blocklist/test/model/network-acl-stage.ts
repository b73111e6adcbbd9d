import { DeleteNetworkAclEntryCommand, EC2Client, type NetworkAclEntry } from '@aws-sdk/client-ec2';
import { createAclApi, type AclApi } from '../../src/adapters/network-acl/acl-api.ts';
import { NetworkAcl } from '../../src/adapters/network-acl/network-acl.ts';
import { setOf } from '../../src/domain/networks.ts';
import type { NetworkAclTarget } from '../../src/domain/target-file/network-acl.ts';
import { parseTargets } from '../../src/domain/target-file/target-file.ts';
import { createAclAccount } from '../contract/network-acl/account.ts';
import type { OpenStage } from './stage.ts';
import { rangeSubject } from './waf-stage.ts';

const [FIRST, LAST] = [10, 60];
const TARGET = `{ name: here, kind: network-acl, topology: ec2-public, networkAcl: guard, rules: { first: ${FIRST}, last: ${LAST} } }`;

export const openAclStage: OpenStage = async (account) => {
  const ec2 = new EC2Client({ endpoint: account.endpoint, region: 'us-east-1', maxAttempts: 1 });
  const acls = createAclAccount(ec2);
  const { acl, subnet } = await acls.make();
  const [target] = parseTargets(`targets: [${TARGET}]`) as [NetworkAclTarget];
  const ours = async (): Promise<NetworkAclEntry[]> =>
    ((await acls.get(acl)).Entries ?? []).filter(
      ({ RuleNumber = 0 }) => RuleNumber >= FIRST && RuleNumber <= LAST,
    );
  return {
    target,
    subjectOf: rangeSubject,
    meaningOf: (network) => setOf([network]),
    api: () => createAclApi(ec2),
    enforcer: (api) => new NetworkAcl(api as AclApi, target),
    writes: new Set(['create', 'replace', 'remove']),
    isFenced: false,
    hasFeeds: true,
    blocked: () => acls.turnedAway(subnet),
    // What comes in and what goes out, while one gives way to another.
    perPart: 2,
    async edit(pick, [network]) {
      const entries = await ours();
      const entry = entries[pick % Math.max(1, entries.length)];
      if (entry === undefined) return false;
      const [number, isEgress] = [entry.RuleNumber ?? 0, entry.Egress === true];
      if (network === undefined) await acls.remove(acl, number, isEgress);
      else await acls.replace(acl, { number, action: 'deny', network, isEgress });
      return true;
    },
    async undo() {
      for (const { RuleNumber, Egress } of await ours()) {
        await ec2.send(new DeleteNetworkAclEntryCommand({ NetworkAclId: acl, RuleNumber, Egress }));
      }
    },
    close: () => Promise.resolve(ec2.destroy()),
  };
};
