import type { App } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { examples } from '../architectures/all.ts';
import { Model } from '../model.ts';
import { newApp } from '../new-app.ts';
import { stages, type Parameters } from '../parameters.ts';
import { platform } from '../platform.ts';

/** The validator takes seconds for each app, and has a test of its own. */
process.env['CDK_VALIDATION'] = 'false';

/** Only templates: nothing is compiled, and no file copied. */
export const testApp = (): App =>
  newApp({ 'aws:cdk:bundling-stacks': [], 'aws:cdk:disable-asset-staging': true });

export type Change = { [K in keyof Parameters]?: Partial<Parameters[K]> | Parameters[K] };

/** The parameters of a stage, with some of them changed. */
export function parametersOf(stage: 'dev' | 'prod', change: Change = {}): Parameters {
  const parameters: Record<string, unknown> = { ...stages[stage]! };
  for (const [name, value] of Object.entries(change)) {
    const before = parameters[name];
    const isPart =
      typeof value === 'object' && value !== null && typeof before === 'object' && before !== null;
    parameters[name] = isPart && !('kind' in value) && !('mode' in value) ? { ...before, ...value } : value;
  }
  return parameters as unknown as Parameters;
}

const models = new Map<string, Model>();

/** All stacks of a stage, which many files look at, and none changes. */
export function modelOf(stage: 'dev' | 'prod', change: Change = {}): Model {
  const key = JSON.stringify([stage, change]);
  const known = models.get(key);
  if (known !== undefined) return known;
  const app = testApp();
  platform(app, parametersOf(stage, change));
  const model = new Model(app);
  models.set(key, model);
  return model;
}

export const templateOf = (stack: Stack): Template => Template.fromStack(stack);

/** The stacks of an architecture's example, by their names. */
export function templatesOfExample(name: string): Record<string, Template> {
  const stacks = examples(testApp(), [name]).node.findAll();
  return Object.fromEntries(
    stacks.filter((one) => Stack.isStack(one)).map((stack) => [stack.node.id, templateOf(stack)]),
  );
}

/** The same as a graph. */
export { modelOfExample } from '../all-models.ts';

export const DOMAIN = {
  name: 'www.example.com',
  certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012',
  originName: 'origin.example.com',
  originCertificateArn:
    'arn:aws:acm:eu-central-1:123456789012:certificate/12345678-1234-1234-1234-123456789012',
};

/** All that parameters choose between, in few apps. */
export const VARIANTS: [string, 'dev' | 'prod', Change][] = [
  ['dev', 'dev', {}],
  ['prod', 'prod', {}],
  [
    'a public load balancer, memcached, Lambda by FIFO, endpoints',
    'dev',
    {
      edge: { origin: 'public-alb', domain: DOMAIN },
      store: { kind: 'memcached', nodeType: 'cache.t4g.micro', nodes: 2 },
      uploads: { worker: 'lambda', events: 'fifo' },
      network: { egress: 'endpoints' },
      logRules:
        'rules: [{ name: logins, log: waf, match: { action: [BLOCK] }, threshold: 50, windowSeconds: 300, ttlSeconds: 3600 }]',
    },
  ],
  [
    'a domain, another region, SNS to Lambda, JWT',
    'prod',
    {
      region: 'eu-central-1',
      edge: { domain: DOMAIN, geo: 'distribution' },
      uploads: { worker: 'lambda', events: 'topic' },
      auth: {
        mode: 'jwt',
        issuer: 'https://login.example.com/',
        audience: 'groundwork',
        jwksUrl: 'https://login.example.com/keys',
      },
      alarmEmail: 'ops@example.com',
    },
  ],
];
