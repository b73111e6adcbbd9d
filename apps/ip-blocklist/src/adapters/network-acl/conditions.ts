import type { NetworkAclTarget } from '../../domain/target-file/network-acl.ts';
import type { Condition } from '../../ports/enforcer.ts';
import { versionOf, type AclPicture, type ForeignRule } from './picture-of-acl.ts';

const WHOLE = ['0.0.0.0/0', '::/0'];
const RULES = 'https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html';

/** What keeps our rules from having effect. `loadBalancers`: those in its subnets, if that matters. */
export function conditionsOf(
  { id, subnets, others }: AclPicture,
  { rules: { first, last } }: Pick<NetworkAclTarget, 'rules'>,
  loadBalancers: readonly string[] | undefined,
): Condition[] {
  if (subnets.length === 0) return [{ severity: 'blind', message: `No subnet is associated with ${id}` }];
  if (loadBalancers?.length === 0) {
    return [
      {
        severity: 'blind',
        message: `No load balancer is in the subnets of ${id}: only where it is the client is seen`,
      },
    ];
  }
  if (isOpen(others, first)) {
    const message = `Rules with numbers below ${first} allow everything in both directions before ours are asked: lower numbers win`;
    return [{ severity: 'blind', message, source: RULES }];
  }
  return others
    .filter(({ number, isEgress }) => number <= last && !isEgress)
    .flatMap((rule): Condition[] => noteOn(rule, first));
}

function noteOn({ number, allows, isWhole, network }: ForeignRule, first: number): Condition[] {
  if (allows) {
    const what = isWhole ? 'everything' : 'some protocols';
    const message = `Rule ${number} allows ${what} from ${network} before ours deny it: lower numbers win`;
    return [{ severity: 'note', message, source: RULES }];
  }
  if (number < first) return [];
  const message = `Rule ${number} has one of our numbers, but denies only some protocols: it is left alone`;
  return [{ severity: 'note', message }];
}

/** Whether all that comes in and all that goes out is let pass before our numbers, of each family that there are rules for. */
function isOpen(others: readonly ForeignRule[], first: number): boolean {
  const families = WHOLE.filter((whole) =>
    others.some(({ network }) => versionOf(network) === versionOf(whole)),
  );
  return families.every((whole) =>
    [true, false].every((isEgress) =>
      others.some(
        (rule) =>
          rule.allows &&
          rule.isWhole &&
          rule.isEgress === isEgress &&
          rule.network === whole &&
          rule.number < first,
      ),
    ),
  );
}
