import {
  CancelTaskExecutionCommand,
  DescribeTaskCommand,
  ListTagsForResourceCommand,
  ListTaskExecutionsCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-datasync';
import { describe, expect } from 'vitest';
import type { Aws, Suite } from './contract.ts';
import { look, makeTask, NO_TASK, refused, start, untilOver } from './datasync.ts';
import { defined, eventually, refusal } from './helpers.ts';

/** In the order in which an execution may be in them. */
const LIFE = ['QUEUED', 'LAUNCHING', 'PREPARING', 'TRANSFERRING', 'VERIFYING', 'SUCCESS'];

const listed = async ({ dataSync }: Aws, TaskArn: string): Promise<(string | undefined)[]> => {
  const { TaskExecutions } = await dataSync.send(new ListTaskExecutionsCommand({ TaskArn }));
  return (TaskExecutions ?? []).map(({ TaskExecutionArn }) => TaskExecutionArn);
};

const tagsOf = async ({ dataSync }: Aws, ResourceArn: string) =>
  (await dataSync.send(new ListTagsForResourceCommand({ ResourceArn }))).Tags;

const cancel = ({ dataSync }: Aws, TaskExecutionArn: string) =>
  dataSync.send(new CancelTaskExecutionCommand({ TaskExecutionArn }));

export const describeDataSyncExecutions: Suite = ({ test }) => {
  describe('DataSync executions', () => {
    test('an execution has the ARN of its task in its own, and succeeds', async (aws) => {
      const task = await makeTask(aws);
      const arn = await start(aws, task);
      expect(arn).toMatch(new RegExp(`^${task}/execution/exec-[0-9a-f]{17}$`));
      expect((await untilOver(aws, arn)).at(-1)).toBe('SUCCESS');
    });

    test('an execution goes through its statuses in their order, and has no others', async (aws) => {
      const seen = await untilOver(aws, await start(aws, await makeTask(aws)));
      expect(seen.every((status) => LIFE.includes(status))).toBe(true);
      expect(seen).toEqual(LIFE.filter((status) => seen.includes(status)));
    });

    test('an execution tells what it has transferred, of how much, and when', async (aws) => {
      const before = Date.now() - 2_000;
      const arn = await start(aws, await makeTask(aws));
      await untilOver(aws, arn);
      const over = await look(aws, arn);
      expect(over.BytesWritten).toBe(over.EstimatedBytesToTransfer);
      expect(over.FilesTransferred).toBe(over.EstimatedFilesToTransfer);
      expect(over.BytesWritten).toBeGreaterThan(0);
      expect(over.StartTime?.getTime()).toBeGreaterThanOrEqual(before);
      expect(over.EndTime?.getTime()).toBeGreaterThanOrEqual(defined(over.StartTime).getTime());
      expect(over.Result).toMatchObject({ TransferStatus: 'SUCCESS', VerifyStatus: 'SUCCESS' });
    });

    test('a task is running while an execution of it is, and available afterwards', async (aws) => {
      const TaskArn = await makeTask(aws);
      const arn = await start(aws, TaskArn);
      const task = () => aws.dataSync.send(new DescribeTaskCommand({ TaskArn }));
      expect(await task()).toMatchObject({ Status: 'RUNNING', CurrentTaskExecutionArn: arn });
      await untilOver(aws, arn);
      expect(await task()).toMatchObject({ Status: 'AVAILABLE' });
    });

    test('a second execution of a task is queued until the first has ended', async (aws) => {
      const task = await makeTask(aws);
      const [first, second] = [await start(aws, task), await start(aws, task)];
      expect(await look(aws, second)).toMatchObject({ Status: 'QUEUED' });
      await untilOver(aws, first);
      expect((await untilOver(aws, second)).at(-1)).toBe('SUCCESS');
      const [one, other] = [await look(aws, first), await look(aws, second)];
      expect(defined(other.LaunchTime).getTime()).toBeGreaterThanOrEqual(defined(one.EndTime).getTime());
    });

    test('a second execution of a task that does not queue is refused', async (aws) => {
      const task = await makeTask(aws, { Options: { TaskQueueing: 'DISABLED' } });
      await start(aws, task);
      expect(await refusal(start(aws, task))).toMatchObject(refused);
    });

    test('an execution is cancelled, and then ends in an error', async (aws) => {
      const arn = await start(aws, await makeTask(aws));
      await cancel(aws, arn);
      expect((await untilOver(aws, arn)).at(-1)).toBe('ERROR');
    });

    test('an execution that waits in the queue is cancelled', async (aws) => {
      const task = await makeTask(aws);
      const [first, second] = [await start(aws, task), await start(aws, task)];
      await cancel(aws, second);
      expect((await untilOver(aws, second)).at(-1)).toBe('ERROR');
      expect((await untilOver(aws, first)).at(-1)).toBe('SUCCESS');
    });

    test('an execution that has ended cannot be cancelled', async (aws) => {
      const arn = await start(aws, await makeTask(aws));
      await untilOver(aws, arn);
      expect(await refusal(cancel(aws, arn))).toMatchObject(refused);
    });

    test('executions are listed with their task, also when they have ended', async (aws) => {
      const [task, other] = [await makeTask(aws), await makeTask(aws)];
      const first = await start(aws, task);
      await untilOver(aws, first);
      const second = await start(aws, task);
      await start(aws, other);
      expect(new Set(await listed(aws, task))).toEqual(new Set([first, second]));
    });

    test('executions come in pages', async (aws) => {
      const task = await makeTask(aws);
      const made = [await start(aws, task), await start(aws, task), await start(aws, task)];
      const first = await aws.dataSync.send(new ListTaskExecutionsCommand({ TaskArn: task, MaxResults: 2 }));
      expect(first.TaskExecutions).toHaveLength(2);
      const NextToken = defined(first.NextToken);
      const rest = await aws.dataSync.send(
        new ListTaskExecutionsCommand({ TaskArn: task, MaxResults: 2, NextToken }),
      );
      expect(rest.NextToken).toBeUndefined();
      const all = [...defined(first.TaskExecutions), ...defined(rest.TaskExecutions)];
      expect(new Set(all.map(({ TaskExecutionArn }) => TaskExecutionArn))).toEqual(new Set(made));
    });

    test('a token nobody gave is no page of executions', async (aws) => {
      const list = new ListTaskExecutionsCommand({ TaskArn: await makeTask(aws), NextToken: 'nobody' });
      expect(await refusal(aws.dataSync.send(list))).toMatchObject(refused);
    });

    test('executions of a task that is not there are refused, begun or listed', async (aws) => {
      expect(await refusal(start(aws, NO_TASK))).toMatchObject(refused);
      expect(await refusal(listed(aws, NO_TASK))).toMatchObject(refused);
    });

    test('an execution that is not there is refused, looked at or cancelled', async (aws) => {
      const nobody = `${await makeTask(aws)}/execution/exec-0123456789abcdef0`;
      expect(await refusal(look(aws, nobody))).toMatchObject(refused);
      expect(await refusal(cancel(aws, nobody))).toMatchObject(refused);
    });

    test('an execution has the tags that it was started with', async (aws) => {
      const Tags = [{ Key: 'groundwork:job', Value: '0199' }];
      const arn = await start(aws, await makeTask(aws), { Tags });
      expect(await tagsOf(aws, arn)).toEqual(Tags);
    });

    test('an execution is tagged later, and untagged', async (aws) => {
      const ResourceArn = await start(aws, await makeTask(aws));
      await aws.dataSync.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: 'a', Value: '1' }] }));
      await aws.dataSync.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: 'b', Value: '2' }] }));
      await aws.dataSync.send(new UntagResourceCommand({ ResourceArn, Keys: ['a'] }));
      const tags = await eventually('one tag', aws.patience, async () => {
        const found = await tagsOf(aws, ResourceArn);
        return found?.length === 1 ? found : undefined;
      });
      expect(tags).toEqual([{ Key: 'b', Value: '2' }]);
    });

    test('a tag with a sign that tags may not have is refused', async (aws) => {
      const Tags = [{ Key: 'what?', Value: 'no' }];
      expect(await refusal(makeTask(aws).then((task) => start(aws, task, { Tags })))).toMatchObject(refused);
    });
  });
};
