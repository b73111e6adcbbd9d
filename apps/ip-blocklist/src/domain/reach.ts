import type { Condition } from '../ports/enforcer.ts';
import { isBehindCloudFront } from './target-file/common.ts';
import { facesClients, type NetworkAclTarget } from './target-file/network-acl.ts';
import type { SecurityGroupTarget } from './target-file/security-group.ts';
import type { Target } from './target-file/target-file.ts';
import type { WafIpSetTarget } from './target-file/waf-ip-set.ts';

/** Whether a target can enforce something where it is at all. A condition says why it cannot. */
export interface Reach {
  networks: Condition | undefined;
  countries: Condition | undefined;
  /** What has to be known besides. */
  notes: readonly Condition[];
}

const AWS = 'https://docs.aws.amazon.com';
const FORWARDED = `${AWS}/waf/latest/developerguide/waf-rule-statement-forwarded-ip-address.html`;
const note = (message: string, source: string): Condition => ({ severity: 'note', message, source });
const blind = (message: string, source: string): Condition => ({ severity: 'blind', message, source });

/** What can be said of a target by its kind and by what stands in front of it, without looking at it. */
export function reachOf(target: Target): Reach {
  switch (target.kind) {
    case 'waf-ip-set':
      return reachOfWebAcl(target);
    case 'network-acl':
      return reachOfNetworkAcl(target);
    case 'cloudfront-geo':
      return {
        networks: note(
          'A geo restriction of CloudFront knows countries, not addresses; and whoever is allowed by address is turned away with his country',
          `${AWS}/waf/latest/developerguide/waf-rule-statement-type-geo-match.html`,
        ),
        countries: undefined,
        notes: [],
      };
    case 'security-group':
      return reachOfSecurityGroup(target);
  }
}

/** Everything that can be said of it without looking at it. */
export function conditionsOf({ networks, countries, notes }: Reach): Condition[] {
  const all = [networks, countries, ...notes].filter((one) => one !== undefined);
  return all.filter((one, i) => all.findIndex(({ message }) => message === one.message) === i);
}

function reachOfWebAcl({ topology, forwardedIp, countries }: WafIpSetTarget): Reach {
  const left =
    countries === 'leave' ? note('It is set to leave countries to others', `${AWS}/waf/`) : undefined;
  const isBehind = topology === 'cloudfront-alb-waf';
  if (forwardedIp === undefined && isBehind) {
    const why = blind(
      'The web ACL of an ALB behind CloudFront sees addresses of CloudFront, never the client: set forwardedIp, or use the web ACL of CloudFront',
      FORWARDED,
    );
    return { networks: why, countries: why, notes: [] };
  }
  if (forwardedIp === undefined) return { networks: undefined, countries: left, notes: [] };
  const { header, position } = forwardedIp;
  if (!isBehind) {
    const why = blind(
      `A rule about ${header} is not applied to a request without it, and here clients come without it: leave out forwardedIp`,
      FORWARDED,
    );
    return { networks: why, countries: why, notes: [] };
  }
  const notes = [
    note(`A request without ${header} is not looked at: let nobody but CloudFront get to the ALB`, FORWARDED),
  ];
  if (position === 'FIRST') {
    notes.push(
      note(`The first address in ${header} is the client's to make up, unless the edge sets it`, FORWARDED),
    );
  }
  return { networks: undefined, countries: left, notes };
}

function reachOfNetworkAcl(target: NetworkAclTarget): Reach {
  const countries = note(
    'A network ACL knows addresses, not countries',
    `${AWS}/vpc/latest/userguide/nacl-rules.html`,
  );
  if (facesClients(target)) return { networks: undefined, countries, notes: [] };
  return { networks: blind(...whyBehind(target)), countries, notes: [] };
}

function whyBehind({ topology }: NetworkAclTarget): [message: string, source: string] {
  if (isBehindCloudFront(topology)) {
    return [
      'Behind CloudFront a network ACL sees addresses of CloudFront, never the client',
      `${AWS}/AmazonCloudFront/latest/DeveloperGuide/LocationsOfEdgeServers.html`,
    ];
  }
  if (topology === 'nlb') {
    return [
      'The NLB replaces the address of the client: the subnets of its targets see it only where client IP preservation is on, which for targets by IP over TCP or TLS it is not by default',
      `${AWS}/elasticloadbalancing/latest/network/edit-target-group-attributes.html#client-ip-preservation`,
    ];
  }
  return [
    'An ALB ends the connection: the subnets of its targets see the load balancer, only its own subnets see the client',
    `${AWS}/elasticloadbalancing/latest/application/introduction.html`,
  ];
}

function reachOfSecurityGroup({ topology, admits, loadBalancerGroup }: SecurityGroupTarget): Reach {
  const source = `${AWS}/vpc/latest/userguide/security-group-rules.html`;
  const why = note(
    'A security group cannot deny: it keeps out whoever does not come by the load balancer',
    source,
  );
  const hasNone = topology === 'nlb' && admits !== 'cloudfront' && loadBalancerGroup === 'none';
  if (!hasNone) return { networks: why, countries: why, notes: [] };
  const none = blind(
    'An NLB that was made without a security group never gets one, so there is nothing that this group could admit',
    `${AWS}/elasticloadbalancing/latest/network/load-balancer-security-groups.html`,
  );
  return { networks: none, countries: none, notes: [] };
}
