import { EC2Client } from '@aws-sdk/client-ec2';
import { createAclApi } from '../../../src/adapters/network-acl/acl-api.ts';
import { NetworkAcl } from '../../../src/adapters/network-acl/network-acl.ts';
import type { NetworkAclTarget } from '../../../src/domain/target-file/network-acl.ts';
import { parseTargets } from '../../../src/domain/target-file/target-file.ts';
import type { Hindrance, Place, Room } from '../place.ts';
import type { PlaceOptions } from '../sandbox.ts';
import { NETWORKS } from '../words.ts';
import { createAclAccount, EVERYTHING, type AclAccount } from './account.ts';

export interface AclPlace extends Place {
  room: Room;
  account: AclAccount;
  acl: string;
  subnet: string;
  /** The VPC's own network ACL. */
  standard: string;
  enforcer(different?: Partial<NetworkAclTarget>): NetworkAcl;
}

const [FIRST, LAST] = [10, 60];
const QUOTA = 20;
const BOTH = [false, true];

/** A subnet whose ACL lets everything pass, and has a rule of somebody else. */
export async function openAclPlace({ endpoint, faults, close }: PlaceOptions): Promise<AclPlace> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const ec2 = new EC2Client({ endpoint, region: 'us-east-1', maxAttempts: 1, credentials });
  const account = createAclAccount(ec2);
  const { acl, subnet, standard } = await account.make();
  const ssh = { action: 'allow', network: '198.18.0.0/15', port: 22 } as const;
  await account.add(acl, { ...ssh, number: 95, isEgress: false });
  await account.add(standard, { ...ssh, number: 15, isEgress: false });
  const [target] = parseTargets(
    `targets: [{ name: here, kind: network-acl, topology: ec2-public, networkAcl: guard, rules: { first: ${FIRST}, last: ${LAST} } }]`,
  ) as [NetworkAclTarget];
  const fault = (kind: 'throttle' | 'lost-response', operation: string): void => {
    if (faults === undefined) throw new Error('it cannot be told to fail');
    faults.add({ kind, operation: `ec2:${operation}`, times: 1 });
  };
  const isOurs = (number = 0): boolean => number >= FIRST && number <= LAST;
  const fillers: number[] = [];

  return {
    account,
    acl,
    subnet,
    standard,
    // The rest is a wish of dozens of networks, and each is four calls here.
    words: { ...NETWORKS, wishes: NETWORKS.wishes.slice(0, 6) },
    enforcer: (different = {}) => new NetworkAcl(createAclApi(ec2), { ...target, ...different }),
    enforced: () => account.turnedAway(subnet),
    async foreign() {
      return (await account.all()).map(({ NetworkAclId, Entries = [], ...rest }) => [
        NetworkAclId,
        rest,
        Entries.filter(({ RuleNumber }) => NetworkAclId !== acl || !isOurs(RuleNumber)),
      ]);
    },
    hand: {
      async edit(part, { networks: [network = ''] }) {
        const number = Number(part.split(' ').at(-1));
        for (const isEgress of BOTH) {
          await account.replace(acl, { number, action: 'deny', network, isEgress });
        }
      },
      throttle: (operation) => fault('throttle', operation),
      loseAnswer: (operation) => fault('lost-response', operation),
    },
    room: {
      // One that is held, and the free one.
      tooMany: 3,
      async fillUp() {
        const { Entries = [] } = await account.get(acl);
        const there = Entries.filter(({ Egress, CidrBlock }) => Egress !== true && CidrBlock !== undefined);
        for (let i = there.length; i < QUOTA - 1; i += 1) {
          const number = 1_000 + i;
          await account.add(acl, { ...ssh, network: `198.18.${i}.0/24`, number, isEgress: false });
          fillers.push(number);
        }
      },
      async makeRoom() {
        for (const number of fillers.splice(0)) await account.remove(acl, number, false);
      },
    },
    async close() {
      ec2.destroy();
      await close();
    },
  };
}

const before = { number: 5, action: 'allow' } as const;

export const HINDRANCES: readonly Hindrance<AclPlace>[] = [
  {
    when: 'no subnet is associated with it',
    severity: 'blind',
    async arrange({ account, subnet, standard }) {
      await account.associate(subnet, standard);
    },
  },
  {
    when: 'lower numbers allow everything',
    severity: 'blind',
    async arrange({ account, acl }) {
      for (const isEgress of BOTH) {
        for (const [i, network] of EVERYTHING.entries()) {
          await account.add(acl, { ...before, number: 5 + i, network, isEgress });
        }
      }
    },
  },
  {
    when: 'a lower number allows some of it',
    severity: 'note',
    async arrange({ account, acl }) {
      for (const isEgress of BOTH) {
        await account.add(acl, { ...before, network: '203.0.113.0/28', isEgress });
      }
    },
  },
];
