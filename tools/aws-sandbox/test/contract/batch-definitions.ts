import {
  DeregisterJobDefinitionCommand,
  DescribeJobDefinitionsCommand,
  RegisterJobDefinitionCommand,
  type ContainerProperties,
  type Device,
  type RegisterJobDefinitionCommandInput,
} from '@aws-sdk/client-batch';
import { describe, expect } from 'vitest';
import { BatchAccount, container, definitionOf } from './batch.ts';
import type { Suite } from './contract.ts';
import { refusal, uniqueName } from './helpers.ts';

const refused = { code: 'ClientException', status: 400 };
const rule = { onExitCode: '1', action: 'RETRY' as const };
const nodes = (
  targetNodes: string,
  numNodes = 4,
  mainNode = 0,
): Partial<RegisterJobDefinitionCommandInput> => ({
  type: 'multinode',
  nodeProperties: { numNodes, mainNode, nodeRangeProperties: [{ targetNodes, container: container() }] },
});

const withDevice = (device: Device): ContainerProperties =>
  container({ linuxParameters: { devices: [device] } });

/** What is refused, by the words that follow on "a job definition ". */
const refusals: Readonly<Record<string, Partial<RegisterJobDefinitionCommandInput>>> = {
  'without a container': { containerProperties: undefined },
  'without a vCPU': {
    containerProperties: container({ resourceRequirements: [{ type: 'MEMORY', value: '9' }] }),
  },
  'without memory': {
    containerProperties: container({ resourceRequirements: [{ type: 'VCPU', value: '1' }] }),
  },
  'with a timeout of 59 seconds': { timeout: { attemptDurationSeconds: 59 } },
  'with eleven attempts': { retryStrategy: { attempts: 11 } },
  'with six retry rules': {
    retryStrategy: { attempts: 2, evaluateOnExit: Array.from({ length: 6 }, () => rule) },
  },
  'with retry rules and no attempts': { retryStrategy: { evaluateOnExit: [rule] } },
  'with an asterisk in the middle of a retry pattern': {
    retryStrategy: { attempts: 2, evaluateOnExit: [{ onReason: 'Host*EC2', action: 'RETRY' }] },
  },
  'with an exit code that is no number': {
    retryStrategy: { attempts: 2, evaluateOnExit: [{ onExitCode: 'one', action: 'RETRY' }] },
  },
  'with a variable that begins with AWS_BATCH': {
    containerProperties: container({ environment: [{ name: 'AWS_BATCH_MINE', value: '1' }] }),
  },
  'with an empty word in its command': { containerProperties: container({ command: ['echo', ''] }) },
  'with a device of no path': { containerProperties: withDevice({ hostPath: '' }) },
  'with a device that may be executed': {
    containerProperties: withDevice({ hostPath: '/dev/fuse', permissions: ['EXECUTE' as 'READ'] }),
  },
  'of several nodes on Fargate': { ...nodes('0:3'), platformCapabilities: ['FARGATE'] },
  'whose node ranges leave a node out': nodes('0:2'),
  'whose node range is beyond its nodes': nodes('0:4'),
  'whose main node is none of its nodes': nodes('0:3', 4, 4),
};

export const describeBatchDefinitions: Suite = ({ target, test }) => {
  describe('Batch job definitions', () => {
    test('every registration of a name is another revision', async (aws) => {
      const name = uniqueName('definition');
      for (const revision of [1, 2]) {
        const answer = await aws.batch.send(new RegisterJobDefinitionCommand(definitionOf(name)));
        expect(answer).toMatchObject({ jobDefinitionName: name, revision });
        expect(answer.jobDefinitionArn).toMatch(new RegExp(`:job-definition/${name}:${revision}$`));
      }
    });

    test('a job definition comes back as it was registered', async (aws) => {
      const jobDefinitionName = uniqueName('definition');
      const asked = {
        parameters: { who: 'me' },
        retryStrategy: { attempts: 3 },
        timeout: { attemptDurationSeconds: 60 },
        containerProperties: container({ environment: [{ name: 'A', value: '1' }] }),
      };
      await aws.batch.send(new RegisterJobDefinitionCommand(definitionOf(jobDefinitionName, asked)));
      const answer = await aws.batch.send(new DescribeJobDefinitionsCommand({ jobDefinitionName }));
      expect(answer.jobDefinitions).toMatchObject([
        { jobDefinitionName, revision: 1, status: 'ACTIVE', type: 'container', ...asked },
      ]);
    });

    test('containers have the devices that were registered, also those of several nodes', async (aws) => {
      const jobDefinitionName = uniqueName('definition');
      const device: Device = {
        hostPath: '/dev/infiniband/uverbs0',
        containerPath: '/dev/infiniband/uverbs0',
        permissions: ['READ', 'WRITE', 'MKNOD'],
      };
      const nodeProperties = {
        numNodes: 2,
        mainNode: 0,
        nodeRangeProperties: [{ targetNodes: '0:', container: withDevice(device) }],
      };
      for (const asked of [
        { containerProperties: withDevice(device) },
        { type: 'multinode', nodeProperties } as const,
      ]) {
        const { revision } = await aws.batch.send(
          new RegisterJobDefinitionCommand(definitionOf(jobDefinitionName, asked)),
        );
        const { jobDefinitions = [] } = await aws.batch.send(
          new DescribeJobDefinitionsCommand({ jobDefinitionName }),
        );
        const found = jobDefinitions.find((one) => one.revision === revision);
        const { containerProperties, nodeProperties: ofNodes } = found ?? {};
        const has = containerProperties ?? ofNodes?.nodeRangeProperties?.[0]?.container;
        expect(has?.linuxParameters?.devices).toEqual([device]);
      }
    });

    test('a job uses the latest revision, or the one that it names', async (aws) => {
      const account = await BatchAccount.shared(aws, target);
      const name = await account.define();
      await account.define({ jobDefinitionName: name });
      const latest = await account.describe(await account.submit({ jobDefinition: name }));
      expect(latest.jobDefinition).toMatch(new RegExp(`/${name}:2$`));
      const first = await account.describe(await account.submit({ jobDefinition: `${name}:1` }));
      expect(first.jobDefinition).toMatch(new RegExp(`/${name}:1$`));
    });

    test('a deregistered revision is INACTIVE, and the one before it is the latest', async (aws) => {
      const account = await BatchAccount.shared(aws, target);
      const name = await account.define();
      await account.define({ jobDefinitionName: name });
      await aws.batch.send(new DeregisterJobDefinitionCommand({ jobDefinition: `${name}:2` }));
      const list = async (status: string) =>
        (
          await aws.batch.send(new DescribeJobDefinitionsCommand({ jobDefinitionName: name, status }))
        ).jobDefinitions?.map(({ revision }) => revision);
      expect(await list('INACTIVE')).toEqual([2]);
      expect(await list('ACTIVE')).toEqual([1]);
      const job = await account.describe(await account.submit({ jobDefinition: name }));
      expect(job.jobDefinition).toMatch(new RegExp(`/${name}:1$`));
    });

    test('nothing can be submitted with a deregistered revision', async (aws) => {
      const account = await BatchAccount.shared(aws, target);
      const jobDefinition = `${await account.define()}:1`;
      await aws.batch.send(new DeregisterJobDefinitionCommand({ jobDefinition }));
      expect(await refusal(account.trySubmit({ jobDefinition }))).toMatchObject(refused);
    });

    test('job definitions come in pages', async (aws) => {
      const account = await BatchAccount.shared(aws, target);
      const jobDefinitionName = await account.define();
      for (let more = 0; more < 2; more += 1) await account.define({ jobDefinitionName });
      const first = await aws.batch.send(
        new DescribeJobDefinitionsCommand({ jobDefinitionName, maxResults: 2 }),
      );
      expect(first.jobDefinitions).toHaveLength(2);
      const { nextToken } = first;
      const second = await aws.batch.send(
        new DescribeJobDefinitionsCommand({ jobDefinitionName, maxResults: 2, nextToken }),
      );
      const all = [...(first.jobDefinitions ?? []), ...(second.jobDefinitions ?? [])];
      expect(new Set(all.map(({ revision }) => revision))).toEqual(new Set([1, 2, 3]));
      expect(second.nextToken).toBeUndefined();
    });

    for (const [what, more] of Object.entries(refusals)) {
      test(`a job definition ${what} is refused`, async (aws) => {
        const register = aws.batch.send(
          new RegisterJobDefinitionCommand(definitionOf(uniqueName('definition'), more)),
        );
        expect(await refusal(register)).toMatchObject(refused);
      });
    }
  });
};
