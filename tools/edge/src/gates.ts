import type { IncomingMessage } from 'node:http';
import { clientOf, type Client } from './client.ts';
import type { Verdict } from './compile-acl.ts';
import type { GeoVerdict } from './geo-restriction.ts';
import type { EdgeProblem } from './problems.ts';

/** A client's request as the outermost layer sees it. */
export interface ClientRequest {
  req: IncomingMessage;
  /** The source address of the connection. */
  address: string;
}

export interface Refusal {
  code: EdgeProblem;
  detail: string;
}

/** One layer that can turn a request away, with the name under which it says so. */
export interface Gate {
  name: string;
  check(request: ClientRequest): Refusal | undefined;
}

/** What stands in front of the services. https://docs.aws.amazon.com/whitepapers/latest/aws-best-practices-ddos-resiliency/ */
export const TOPOLOGIES = ['cloudfront-waf-alb', 'alb-waf', 'alb', 'nlb', 'ec2-public'] as const;
export type Topology = (typeof TOPOLOGIES)[number];

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-general */
const cloudFrontQuotas: Gate = {
  name: 'cloudfront-quotas',
  check({ req }) {
    const url = Buffer.byteLength(req.url ?? '');
    if (url > 8_192)
      return { code: 'uri_too_long', detail: `The URL has ${url} bytes; CloudFront takes 8192.` };
    const total = url + headerBytes(req);
    if (total > 32_768) {
      return {
        code: 'headers_too_large',
        detail: `URL and headers have ${total} bytes; CloudFront takes 32768.`,
      };
    }
    return undefined;
  },
};

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html */
const albQuotas: Gate = {
  name: 'alb-quotas',
  check({ req }) {
    const line = Buffer.byteLength(`${req.method} ${req.url} HTTP/1.1`);
    if (line > 16_384)
      return { code: 'uri_too_long', detail: `The request line has ${line} bytes; an ALB takes 16384.` };
    return undefined;
  },
};

/** What is followed in the sandbox, and asked about every request. Undefined while there is none. */
export interface Judges {
  geo: (address: string) => GeoVerdict | undefined;
  waf: (client: Client) => Verdict | undefined;
}

/** Which countries CloudFront serves. */
function geoRestriction(judge: Judges['geo']): Gate {
  return {
    name: 'geo-restriction',
    check({ address }) {
      const verdict = judge(address);
      if (verdict?.action !== 'block') return undefined;
      const from = verdict.country ?? 'no known country';
      return {
        code: 'blocked_by_geo_restriction',
        detail: `${address} is of ${from}; the distribution has a ${verdict.type}.`,
      };
    },
  };
}

/** What a web ACL refuses, by the address that the connection comes from unless a rule says otherwise. */
function waf(judge: Judges['waf']): Gate {
  return {
    name: 'waf',
    check({ req, address }) {
      const verdict = judge(clientOf(req));
      if (verdict?.action !== 'block') return undefined;
      return { code: 'blocked_by_waf', detail: `${address} is blocked by the rule ${verdict.rule}.` };
    },
  };
}

/**
 * In the order in which a request meets them: what the geo restriction refuses never reaches WAF.
 * https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-geo-match.html
 */
const GATES: Readonly<Record<Topology, readonly (Gate | keyof Judges)[]>> = {
  'cloudfront-waf-alb': ['geo', 'waf', cloudFrontQuotas, albQuotas],
  'alb-waf': [albQuotas, 'waf'],
  alb: [albQuotas],
  nlb: [],
  'ec2-public': [],
};

/** The scope of the web ACL that a topology has, if it has one. */
export function webAclScopeOf(topology: Topology): 'CLOUDFRONT' | 'REGIONAL' | undefined {
  if (!GATES[topology].includes('waf')) return undefined;
  return topology === 'cloudfront-waf-alb' ? 'CLOUDFRONT' : 'REGIONAL';
}

export function hasGeoRestriction(topology: Topology): boolean {
  return GATES[topology].includes('geo');
}

/** Behind CloudFront a network ACL sees CloudFront only, never the client. */
export function hasNetworkAcl(topology: Topology): boolean {
  return topology !== 'cloudfront-waf-alb';
}

export type Gates = (request: ClientRequest) => (Refusal & { gate: string }) | undefined;

/** Gives the first refusal, with the gate that gave it. */
export function createGates(topology: Topology, judges: Judges): Gates {
  const followed = { geo: geoRestriction(judges.geo), waf: waf(judges.waf) };
  const gates = GATES[topology].map((gate) => (typeof gate === 'string' ? followed[gate] : gate));
  return (request) => {
    for (const gate of gates) {
      const refusal = gate.check(request);
      if (refusal !== undefined) return { ...refusal, gate: gate.name };
    }
    return undefined;
  };
}

function headerBytes(req: IncomingMessage): number {
  return req.rawHeaders.reduce((sum, text) => sum + Buffer.byteLength(text) + 2, 0);
}
