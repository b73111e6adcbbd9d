import type { IncomingMessage } from 'node:http';
import type { Verdict } from './compile-acl.ts';
import type { EdgeProblem } from './problems.ts';

/** A client's request as the outermost layer sees it. */
export interface ClientRequest {
  req: IncomingMessage;
  /** The source address of the connection; headers are never asked. */
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

/** What a web ACL refuses, by the address that the connection comes from. */
function waf(judge: (address: string) => Verdict | undefined): Gate {
  return {
    name: 'waf',
    check({ address }) {
      const verdict = judge(address);
      if (verdict?.action !== 'block') return undefined;
      return { code: 'blocked_by_waf', detail: `${address} is blocked by the rule ${verdict.rule}.` };
    },
  };
}

/** In the order in which a packet, then a request, meets them. */
const GATES: Readonly<Record<Topology, readonly (Gate | 'waf')[]>> = {
  'cloudfront-waf-alb': ['waf', cloudFrontQuotas, albQuotas],
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

export type Gates = (request: ClientRequest) => (Refusal & { gate: string }) | undefined;

/** Gives the first refusal, with the gate that gave it. */
export function createGates(topology: Topology, judge: (address: string) => Verdict | undefined): Gates {
  const gates = GATES[topology].map((gate) => (gate === 'waf' ? waf(judge) : gate));
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
