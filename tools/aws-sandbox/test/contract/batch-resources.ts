import {
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  DeleteComputeEnvironmentCommand,
  DeleteJobQueueCommand,
  DescribeComputeEnvironmentsCommand,
  DescribeJobQueuesCommand,
  UpdateComputeEnvironmentCommand,
  UpdateJobQueueCommand,
} from '@aws-sdk/client-batch';
import { describe, expect } from 'vitest';
import { BatchAccount, environmentOf, queueOf, validEnvironment, validQueue } from './batch.ts';
import type { Aws, Suite } from './contract.ts';
import { eventually, refusal, uniqueName } from './helpers.ts';

const refused = { code: 'ClientException', status: 400 };

export const describeBatchResources: Suite = ({ target, test }) => {
  const account = (aws: Aws) => BatchAccount.shared(aws, target);
  const own = (aws: Aws) => BatchAccount.of(aws, target);
  const makeEnvironment = async ({ aws, network }: BatchAccount): Promise<string> => {
    const name = uniqueName('ce');
    await aws.batch.send(new CreateComputeEnvironmentCommand(environmentOf(name, network)));
    await validEnvironment(aws, name);
    return name;
  };

  describe('Batch compute environments and job queues', () => {
    test('a compute environment becomes VALID, and says what it was made with', async (aws) => {
      const { environment } = await account(aws);
      expect(await validEnvironment(aws, environment)).toMatchObject({
        computeEnvironmentName: environment,
        type: 'MANAGED',
        state: 'ENABLED',
        computeResources: { type: 'EC2', maxvCpus: 64, instanceTypes: ['m5.4xlarge'] },
      });
    });

    test('a compute environment is found by its ARN too', async (aws) => {
      const { environment } = await account(aws);
      const { computeEnvironmentArn = '' } = await validEnvironment(aws, environment);
      const answer = await aws.batch.send(
        new DescribeComputeEnvironmentsCommand({ computeEnvironments: [computeEnvironmentArn] }),
      );
      expect(answer.computeEnvironments?.map((one) => one.computeEnvironmentName)).toEqual([environment]);
    });

    test('a compute environment whose name is taken is refused', async (aws) => {
      const { environment, network } = await account(aws);
      const again = aws.batch.send(new CreateComputeEnvironmentCommand(environmentOf(environment, network)));
      expect(await refusal(again)).toMatchObject(refused);
    });

    test('a managed compute environment without resources is refused', async (aws) => {
      const { network } = await account(aws);
      const { computeResources: _, ...rest } = environmentOf(uniqueName('ce'), network);
      expect(await refusal(aws.batch.send(new CreateComputeEnvironmentCommand(rest)))).toMatchObject(refused);
    });

    test('a compute environment on instances without an instance role is refused', async (aws) => {
      const { network } = await account(aws);
      const asked = environmentOf(uniqueName('ce'), network);
      const { instanceRole: _, ...computeResources } = asked.computeResources!;
      const create = aws.batch.send(new CreateComputeEnvironmentCommand({ ...asked, computeResources }));
      expect(await refusal(create)).toMatchObject(refused);
    });

    test('a compute environment on Fargate has no instance types', async (aws) => {
      const { network } = await account(aws);
      const asked = environmentOf(uniqueName('ce'), network);
      const create = aws.batch.send(
        new CreateComputeEnvironmentCommand({
          ...asked,
          computeResources: { ...asked.computeResources!, type: 'FARGATE' },
        }),
      );
      expect(await refusal(create)).toMatchObject(refused);
    });

    test('a compute environment that is ENABLED cannot be deleted', async (aws) => {
      const name = await makeEnvironment(await account(aws));
      const remove = aws.batch.send(new DeleteComputeEnvironmentCommand({ computeEnvironment: name }));
      expect(await refusal(remove)).toMatchObject(refused);
    });

    test('a compute environment that a queue has cannot be deleted', async (aws) => {
      const name = await makeEnvironment(await account(aws));
      const queue = uniqueName('queue');
      await aws.batch.send(new CreateJobQueueCommand(queueOf(queue, name)));
      await validQueue(aws, queue);
      const which = { computeEnvironment: name };
      await aws.batch.send(new UpdateComputeEnvironmentCommand({ ...which, state: 'DISABLED' }));
      await validEnvironment(aws, name);
      expect(await refusal(aws.batch.send(new DeleteComputeEnvironmentCommand(which)))).toMatchObject(
        refused,
      );
    });

    test('a disabled compute environment that no queue has can be deleted', async (aws) => {
      const name = await makeEnvironment(await account(aws));
      const which = { computeEnvironment: name };
      await aws.batch.send(new UpdateComputeEnvironmentCommand({ ...which, state: 'DISABLED' }));
      expect((await validEnvironment(aws, name)).state).toBe('DISABLED');
      await aws.batch.send(new DeleteComputeEnvironmentCommand(which));
      await eventually('it is gone', aws.patience, async () => {
        const answer = await aws.batch.send(
          new DescribeComputeEnvironmentsCommand({ computeEnvironments: [name] }),
        );
        return answer.computeEnvironments?.length === 0 ? true : undefined;
      });
    });

    test('a queue lists its compute environments in their order', async (aws) => {
      const made = await account(aws);
      const [first, second] = [await makeEnvironment(made), await makeEnvironment(made)];
      const name = uniqueName('queue');
      const order = [
        { order: 2, computeEnvironment: second },
        { order: 1, computeEnvironment: first },
      ];
      await aws.batch.send(new CreateJobQueueCommand({ ...queueOf(name), computeEnvironmentOrder: order }));
      const queue = await validQueue(aws, name);
      const listed = (queue.computeEnvironmentOrder ?? []).toSorted(
        (a, b) => (a.order ?? 0) - (b.order ?? 0),
      );
      expect(listed.map((one) => one.computeEnvironment?.split('/').at(-1))).toEqual([first, second]);
      expect(queue).toMatchObject({ jobQueueName: name, state: 'ENABLED', priority: 1 });
    });

    test('a queue whose name is taken is refused', async (aws) => {
      const { queue, environment } = await account(aws);
      const again = aws.batch.send(new CreateJobQueueCommand(queueOf(queue, environment)));
      expect(await refusal(again)).toMatchObject(refused);
    });

    test('a queue without a compute environment is refused', async (aws) => {
      await account(aws);
      const create = aws.batch.send(new CreateJobQueueCommand(queueOf(uniqueName('queue'))));
      expect(await refusal(create)).toMatchObject(refused);
    });

    test('a queue of a compute environment that is not there is refused', async (aws) => {
      const { environment } = await account(aws);
      const create = aws.batch.send(
        new CreateJobQueueCommand(queueOf(uniqueName('queue'), `${environment}x`)),
      );
      expect(await refusal(create)).toMatchObject(refused);
    });

    test('a queue of more than three compute environments is refused', async (aws) => {
      const made = await account(aws);
      const all = await Promise.all(Array.from({ length: 4 }, () => makeEnvironment(made)));
      const create = aws.batch.send(new CreateJobQueueCommand(queueOf(uniqueName('queue'), ...all)));
      expect(await refusal(create)).toMatchObject(refused);
    });

    test('a time limit of less than ten minutes in RUNNABLE is refused', async (aws) => {
      const { environment } = await account(aws);
      const create = aws.batch.send(
        new CreateJobQueueCommand({
          ...queueOf(uniqueName('queue'), environment),
          jobStateTimeLimitActions: [
            {
              reason: 'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY',
              state: 'RUNNABLE',
              maxTimeSeconds: 599,
              action: 'CANCEL',
            },
          ],
        }),
      );
      expect(await refusal(create)).toMatchObject(refused);
    });

    test('a queue that is DISABLED takes no more jobs', async (aws) => {
      const made = await own(aws);
      await aws.batch.send(new UpdateJobQueueCommand({ jobQueue: made.queue, state: 'DISABLED' }));
      expect((await validQueue(aws, made.queue)).state).toBe('DISABLED');
      const submit = made.trySubmit({ jobDefinition: await made.define() });
      expect(await refusal(submit)).toMatchObject(refused);
    });

    test('a queue that is ENABLED cannot be deleted', async (aws) => {
      const { queue } = await own(aws);
      const remove = aws.batch.send(new DeleteJobQueueCommand({ jobQueue: queue }));
      expect(await refusal(remove)).toMatchObject(refused);
    });

    test('a disabled queue can be deleted', async (aws) => {
      const { queue } = await own(aws);
      await aws.batch.send(new UpdateJobQueueCommand({ jobQueue: queue, state: 'DISABLED' }));
      await validQueue(aws, queue);
      await aws.batch.send(new DeleteJobQueueCommand({ jobQueue: queue }));
      await eventually('it is gone', aws.patience, async () => {
        const answer = await aws.batch.send(new DescribeJobQueuesCommand({ jobQueues: [queue] }));
        return answer.jobQueues?.length === 0 ? true : undefined;
      });
    });
  });
};
