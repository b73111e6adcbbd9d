import { Construct } from 'constructs';
import { EdgeLogs } from '../stacks/edge-logs.ts';
import { Edge } from '../stacks/edge.ts';
import { Entrance } from '../stacks/entrance.ts';
import { Events } from '../stacks/events.ts';
import { Firewall } from '../stacks/firewall.ts';
import { Network } from '../stacks/network.ts';
import { parametersOf, templateOf, testApp, type Change } from './stage.ts';

export interface Behavior {
  PathPattern?: string;
  TargetOriginId: string;
  CachePolicyId: string | { Ref: string };
  OriginRequestPolicyId?: string | { Ref: string };
  AllowedMethods: string[];
  ViewerProtocolPolicy: string;
  ResponseHeadersPolicyId: { Ref: string };
  Compress: boolean;
}

interface Origin {
  Id: string;
  DomainName: unknown;
  OriginAccessControlId?: unknown;
  VpcOriginConfig?: unknown;
  CustomOriginConfig?: Record<string, unknown>;
  OriginCustomHeaders?: unknown;
}

export interface DistributionConfig {
  DefaultCacheBehavior: Behavior;
  CacheBehaviors: Behavior[];
  Origins: Origin[];
  [property: string]: unknown;
}

/** The stacks of the edge, as one stage has them, with their templates. */
export function edgeOf(change: Change = {}) {
  const app = testApp();
  const parameters = parametersOf('dev', change);
  const stage = new Construct(app, 'dev');
  const network = new Network(stage, parameters);
  const events = new Events(stage, parameters);
  const entrance = new Entrance(stage, parameters, { network, events });
  const firewall = new Firewall(stage, parameters);
  const edge = new Edge(stage, parameters, { events, entrance, firewall });
  const edgeLogs = new EdgeLogs(stage, parameters, { events, firewall, edge });
  const stacks = { events, entrance, firewall, edge, edgeLogs };
  const template = templateOf(edge);
  const [distribution] = Object.values(template.findResources('AWS::CloudFront::Distribution'));
  const config = distribution!['Properties'].DistributionConfig as DistributionConfig;
  return {
    parameters,
    stacks,
    template,
    config,
    /** The origin that a path comes from, and by which behaviour: the first whose pattern fits, as CloudFront chooses. */
    at: (path: string): { behavior: Behavior; origin: Origin } => {
      const behavior =
        config.CacheBehaviors.find(({ PathPattern = '' }) => fits(path, PathPattern)) ??
        config.DefaultCacheBehavior;
      const origin = config.Origins.find(({ Id }) => Id === behavior.TargetOriginId)!;
      return { behavior, origin };
    },
    /** What a policy says that the template has. */
    policy: (reference: string | { Ref: string } | undefined): Record<string, unknown> => {
      const { Ref = '' } = typeof reference === 'object' ? reference : {};
      const { Properties } = template.toJSON()['Resources'][Ref] as { Properties: Record<string, unknown> };
      return Object.values(Properties)[0] as Record<string, unknown>;
    },
  };
}

const fits = (path: string, pattern: string): boolean =>
  new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(path);
