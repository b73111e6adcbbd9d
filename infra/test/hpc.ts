import { Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { stages, type HpcParameters, type Parameters } from '../parameters.ts';
import { Events } from '../stacks/events.ts';
import { Hpc } from '../stacks/hpc.ts';
import { Network } from '../stacks/network.ts';
import { testApp } from './stage.ts';

export const AGENT = 'arn:aws:datasync:us-east-1:123456789012:agent/agent-0123456789abcdef0';

/** Everything that there is. */
export const ALL: HpcParameters = {
  maxVcpus: 512,
  efaInstanceType: 'c7gn.16xlarge',
  lustreGiB: 2_400,
  efs: true,
  dataSync: { agentArns: [AGENT], host: 'nas.example.com', path: '/export' },
  pools: { instanceStore: { maxInstances: 20 }, io2: { maxInstances: 4, gib: 500, iops: 64_000 } },
};
export const LEAST: HpcParameters = { maxVcpus: 64, efaInstanceType: 'c7gn.16xlarge', efs: false };

export function hpcOf(hpc: HpcParameters, more: Partial<Parameters> = {}): { hpc: Hpc; template: Template } {
  const parameters: Parameters = { ...stages['prod']!, ...more, hpc };
  const stage = new Construct(testApp(), parameters.stage);
  const network = new Network(stage, parameters);
  const stack = new Hpc(stage, parameters, { network, events: new Events(stage, parameters) });
  return { hpc: stack, template: Template.fromStack(stack) };
}

interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  DependsOn?: string[];
  DeletionPolicy?: string;
}

/** Of a type, by logical id. */
export function resourcesOf(template: Template, type: string): [string, Resource][] {
  return Object.entries(template.findResources(type)) as [string, Resource][];
}

/** The only one of a type. */
export function onlyOf(template: Template, type: string): Resource {
  const [found, ...others] = resourcesOf(template, type);
  if (found === undefined || others.length > 0)
    throw new Error(`not one ${type}, but ${others.length + (found ? 1 : 0)}`);
  return found[1];
}

/** Logical ids that are referred to somewhere in a value. */
export function named(value: unknown): string[] {
  const text = JSON.stringify(value);
  return [...text.matchAll(/"(?:Ref":|Fn::GetAtt":\[)"([A-Za-z0-9]+)"/g)].map(([, id]) => id!);
}
