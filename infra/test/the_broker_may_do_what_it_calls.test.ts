import { Stack } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Hpc } from '../stacks/hpc.ts';
import { ALL, hpcOf, LEAST, named, resourcesOf } from './hpc.ts';

const BROKER = new URL('../../apps/hpc-broker/', import.meta.url);
let hpc: Hpc;
let template: Template;
beforeAll(() => {
  ({ hpc, template } = hpcOf(ALL));
});

interface Statement {
  Action: string | string[];
  Resource: unknown;
  Condition?: unknown;
}
const statementsOf = (stack: Hpc): Statement[] =>
  stack.statements.map((one) => Stack.of(stack).resolve(one.toStatementJson()) as Statement);
const actionsOf = ({ Action }: Statement): string[] => [Action].flat();

/** The commands of an SDK that an adapter sends. */
function called(adapter: string, service: string): string[] {
  const folder = new URL(`src/adapters/${adapter}/`, BROKER);
  const text = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), 'utf8'));
  const commands = text.flatMap((one) =>
    [...one.matchAll(/new ([A-Z]\w+)Command\(/g)].map(([, name]) => name!),
  );
  return [...new Set(commands)]
    .filter((name) => (service === 'logs') === (name === 'GetLogEvents'))
    .map((name) => `${service}:${name}`);
}

describe('The broker', () => {
  it('may do all that its adapters call, and nothing else', () => {
    const may = statementsOf(hpc).flatMap(actionsOf);
    const calls = [
      ...called('batch', 'batch'),
      ...called('batch', 'logs'),
      ...called('datasync', 'datasync'),
    ];
    expect(calls.length).toBeGreaterThan(14);
    // Tags are set by calls that have other names, and roles are handed over by one.
    const besides = ['batch:TagResource', 'datasync:TagResource', 'iam:PassRole'];
    expect(may.toSorted()).toEqual([...calls, ...besides].toSorted());
  });

  it('may ask about everything only where AWS knows no resource', () => {
    const everything = statementsOf(hpc).filter(({ Resource }) => [Resource].flat().includes('*'));
    expect(everything.flatMap(actionsOf).every((action) => /^batch:(Describe|List)/.test(action))).toBe(true);
    expect(everything).toHaveLength(1);
  });

  it('submits to the three queues, and only definitions of its own', () => {
    const { Resource } = statementsOf(hpc).find((one) => actionsOf(one).includes('batch:SubmitJob'))!;
    const queues = resourcesOf(template, 'AWS::Batch::JobQueue').map(([id]) => id);
    expect(
      named(Resource)
        .filter((id) => id !== 'AWS')
        .toSorted(),
    ).toEqual(queues.toSorted());
    expect(JSON.stringify(Resource)).toContain(':job-definition/groundwork-*');
  });

  it('hands over the two roles of jobs, to tasks of ECS', () => {
    const { Resource, Condition } = statementsOf(hpc).find((one) => actionsOf(one).includes('iam:PassRole'))!;
    expect([Resource].flat()).toEqual([
      Stack.of(hpc).resolve(hpc.settings['BATCH_JOB_ROLE']),
      Stack.of(hpc).resolve(hpc.settings['BATCH_EXECUTION_ROLE']),
    ]);
    expect(Condition).toEqual({ StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } });
  });

  it('registers no privileged containers', () => {
    const { Condition } = statementsOf(hpc).find((one) =>
      actionsOf(one).includes('batch:RegisterJobDefinition'),
    )!;
    expect(Condition).toEqual({ BoolIfExists: { 'batch:Privileged': 'false' } });
  });

  it('has nothing to do with DataSync where there is none', () => {
    const { hpc: least } = hpcOf(LEAST);
    expect(JSON.stringify(statementsOf(least))).not.toContain('datasync');
    expect(least.settings).not.toHaveProperty('DATASYNC_TASKS');
  });
});

describe('Its settings', () => {
  it('are those of its README', () => {
    const readme = readFileSync(new URL('README.md', BROKER), 'utf8');
    const known = [...readme.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name]) => name!);
    expect(known).toEqual(expect.arrayContaining(Object.keys(hpc.settings)));
    const needed = known.filter((name) =>
      /^BATCH_(QUEUE|JOB_ROLE|EXECUTION)|^BATCH_VCPUS|^DATASYNC_TASKS/.test(name),
    );
    expect(Object.keys(hpc.settings).toSorted()).toEqual(needed.toSorted());
  });

  it('name queues that are there', () => {
    const names = resourcesOf(template, 'AWS::Batch::JobQueue').map(
      ([, one]) => one.Properties['JobQueueName'],
    );
    const settings = ['ON_DEMAND', 'SPOT', 'MULTI_NODE'].map((kind) => hpc.settings[`BATCH_QUEUE_${kind}`]);
    expect(new Set(settings)).toEqual(new Set(names));
  });

  it('name the task of DataSync as jobs do', () => {
    const { 'Fn::Join': joined } = Stack.of(hpc).resolve(hpc.settings['DATASYNC_TASKS']) as {
      'Fn::Join': [string, unknown[]];
    };
    const [task] = resourcesOf(template, 'AWS::DataSync::Task').map(([id]) => id);
    expect(joined).toEqual(['', ['on-premises=', { 'Fn::GetAtt': [task, 'TaskArn'] }]]);
  });
});

describe('Roles of jobs', () => {
  it('are for tasks of this account', () => {
    for (const id of ['BATCH_JOB_ROLE', 'BATCH_EXECUTION_ROLE']) {
      const [role] = named(Stack.of(hpc).resolve(hpc.settings[id]));
      const [, { Properties }] = resourcesOf(template, 'AWS::IAM::Role').find(([one]) => one === role)!;
      expect(Properties['AssumeRolePolicyDocument']).toMatchObject({
        Statement: [
          {
            Principal: { Service: 'ecs-tasks.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
        ],
      });
    }
  });

  it('let jobs use the data bucket, and no other', () => {
    const [role] = named(Stack.of(hpc).resolve(hpc.settings['BATCH_JOB_ROLE']));
    const [, { Properties }] = resourcesOf(template, 'AWS::IAM::Policy').find(([, one]) =>
      named(one.Properties['Roles']).includes(role!),
    )!;
    const { Statement: statements } = Properties['PolicyDocument'] as { Statement: Statement[] };
    expect(statements.flatMap(actionsOf).every((action) => action.startsWith('s3:'))).toBe(true);
    const [bucket] = resourcesOf(template, 'AWS::S3::Bucket').map(([id]) => id);
    expect(new Set(statements.flatMap(({ Resource }) => named(Resource)))).toEqual(new Set([bucket]));
  });
});
