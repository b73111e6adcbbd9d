import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Model, Resource } from '../model.ts';
import type { ServiceName } from '../parameters.ts';
import { modelOf } from './stage.ts';

/** Of the SDK's clients, what IAM calls the service. */
const PREFIX: Record<string, string> = {
  s3: 's3',
  sqs: 'sqs',
  sns: 'sns',
  wafv2: 'wafv2',
  ec2: 'ec2',
  cloudfront: 'cloudfront',
  batch: 'batch',
  'cloudwatch-logs': 'logs',
  datasync: 'datasync',
};
/** Where IAM has another name for it, or one for several. */
const NAMED: Record<string, string> = {
  's3:HeadObject': 's3:GetObject',
  's3:HeadBucket': 's3:ListBucket',
  's3:ListObjectsV2': 's3:ListBucket',
  's3:DeleteObjects': 's3:DeleteObject',
  's3:CopyObject': 's3:PutObject',
  'sqs:DeleteMessageBatch': 'sqs:DeleteMessage',
  'sqs:SendMessageBatch': 'sqs:SendMessage',
  'sqs:ChangeMessageVisibilityBatch': 'sqs:ChangeMessageVisibility',
  'sns:PublishBatch': 'sns:Publish',
};

const REPOSITORY = new URL('../../', import.meta.url);

/** What its sources, and those of libs/messaging, send by the SDK. */
function called(service: ServiceName, except: RegExp): string[] {
  const files = ['apps/' + service, 'libs/messaging'].flatMap((folder) => {
    const src = new URL(`${folder}/src/`, REPOSITORY);
    return readdirSync(src, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !except.test(file))
      .map((file) => readFileSync(new URL(file, src), 'utf8'));
  });
  const actions = files.flatMap((text) =>
    [...text.matchAll(/import \{([^}]*)\} from '@aws-sdk\/client-([\w-]+)'/g)].flatMap(
      ([, names = '', client = '']) =>
        [...names.matchAll(/\b([A-Z]\w+)Command\b/g)].map(
          ([, name]) => `${PREFIX[client] ?? client}:${name}`,
        ),
    ),
  );
  return [...new Set(actions.map((action) => NAMED[action] ?? action))].toSorted();
}

function allowed(model: Model, service: ServiceName): Set<string> {
  const definition = model.resources.find(
    ({ type, properties }) =>
      type === 'AWS::ECS::TaskDefinition' &&
      (properties['ContainerDefinitions'] as { Name: string }[])[0]?.Name === service,
  )!;
  const [role] = model.references(definition, 'TaskRoleArn');
  const policies = model.resources.filter(
    (one: Resource) => one.type === 'AWS::IAM::Policy' && model.references(one, 'Roles').includes(role!),
  );
  return new Set(
    policies.flatMap(({ properties }) =>
      (
        properties['PolicyDocument'] as unknown as { Statement: { Action: string | string[] }[] }
      ).Statement.flatMap(({ Action }) => Action),
    ),
  );
}

describe('the role of a service lets it do what it calls', () => {
  it.each<[ServiceName, RegExp, string[]]>([
    // Network ACLs and security groups are no targets of the platform; those who add such have to add permissions.
    // The rule group is made by the deployment.
    ['ip-blocklist', /agent|network-acl|security-group/, ['wafv2:CreateRuleGroup']],
    ['thumbnailer', /^$/, []],
    ['cache-api', /^$/, ['sqs:', 'sns:']],
    // On ECS there are no processes of this machine, and so nothing is staged; prices are read when the catalogue is made.
    ['hpc-broker', /staging|catalogue|s3/, ['datasync:']],
  ])('%s', (service, except, without) => {
    const calls = called(service, except).filter(
      (action) => !without.some((prefix) => action.startsWith(prefix)),
    );
    const may = allowed(modelOf('prod'), service);
    expect(calls.length).toBeGreaterThan(1);
    expect(calls.filter((action) => !may.has(action))).toEqual([]);
  });
});

it('alarms may be told by CloudWatch', () => {
  const { resources } = modelOf('prod');
  const policy = resources.find(
    ({ type, stack }) => type === 'AWS::SNS::TopicPolicy' && stack === 'observability',
  )!;
  expect(JSON.stringify(policy.properties['PolicyDocument'])).toMatch(
    /"Action":"sns:Publish".*"Effect":"Allow".*cloudwatch\.amazonaws\.com/,
  );
});
