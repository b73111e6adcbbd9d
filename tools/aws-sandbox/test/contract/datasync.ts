import {
  CreateLocationNfsCommand,
  CreateLocationS3Command,
  CreateTaskCommand,
  DeleteTaskCommand,
  DescribeTaskCommand,
  DescribeTaskExecutionCommand,
  ListTasksCommand,
  StartTaskExecutionCommand,
  type CreateTaskCommandInput,
  type DescribeTaskExecutionCommandOutput,
  type StartTaskExecutionCommandInput,
} from '@aws-sdk/client-datasync';
import { describe, expect } from 'vitest';
import type { Aws, Suite } from './contract.ts';
import { defined, eventually, refusal, uniqueName } from './helpers.ts';

const ROLE = 'arn:aws:iam::123456789012:role/datasync';
const AGENT = 'arn:aws:datasync:us-east-1:123456789012:agent/agent-0123456789abcdef0';
export const refused = { code: 'InvalidRequestException', status: 400 };
export const NO_TASK = 'arn:aws:datasync:us-east-1:123456789012:task/task-0123456789abcdef0';

export async function makeLocation({ dataSync }: Aws): Promise<string> {
  const S3Config = { BucketAccessRoleArn: ROLE };
  const made = await dataSync.send(
    new CreateLocationS3Command({ S3BucketArn: 'arn:aws:s3:::data', Subdirectory: '/in', S3Config }),
  );
  return defined(made.LocationArn);
}

export async function makeTask(aws: Aws, more: Partial<CreateTaskCommandInput> = {}): Promise<string> {
  const made = await aws.dataSync.send(
    new CreateTaskCommand({
      SourceLocationArn: await makeLocation(aws),
      DestinationLocationArn: await makeLocation(aws),
      Name: uniqueName('task'),
      ...more,
    }),
  );
  return defined(made.TaskArn);
}

export async function start(
  { dataSync }: Aws,
  TaskArn: string,
  more: Partial<StartTaskExecutionCommandInput> = {},
): Promise<string> {
  return defined((await dataSync.send(new StartTaskExecutionCommand({ TaskArn, ...more }))).TaskExecutionArn);
}

export const look = ({ dataSync }: Aws, arn: string): Promise<DescribeTaskExecutionCommandOutput> =>
  dataSync.send(new DescribeTaskExecutionCommand({ TaskExecutionArn: arn }));

/** All statuses that it was seen in. */
export async function untilOver(aws: Aws, arn: string): Promise<string[]> {
  const seen = new Set<string>();
  return eventually(`the end of ${arn}`, aws.patience, async () => {
    const { Status } = await look(aws, arn);
    seen.add(String(Status));
    return Status === 'SUCCESS' || Status === 'ERROR' ? [...seen] : undefined;
  });
}

export const describeDataSyncTasks: Suite = ({ test }) => {
  describe('DataSync tasks', () => {
    test('a task leads from one location to another, and is available at once or soon', async (aws) => {
      const Name = uniqueName('task');
      const SourceLocationArn = await makeLocation(aws);
      const arn = await makeTask(aws, { Name, SourceLocationArn });
      expect(arn).toMatch(/^arn:aws:datasync:us-east-1:\d{12}:task\/task-[0-9a-f]{17}$/);
      const task = await eventually('an available task', aws.patience, async () => {
        const found = await aws.dataSync.send(new DescribeTaskCommand({ TaskArn: arn }));
        return found.Status === 'AVAILABLE' ? found : undefined;
      });
      expect(task).toMatchObject({ TaskArn: arn, Name, SourceLocationArn });
    });

    test('a task keeps the options that it was made with, and has the usual ones besides', async (aws) => {
      const arn = await makeTask(aws, { Options: { TransferMode: 'ALL' } });
      const { Options } = await aws.dataSync.send(new DescribeTaskCommand({ TaskArn: arn }));
      expect(Options).toMatchObject({
        TransferMode: 'ALL',
        TaskQueueing: 'ENABLED',
        OverwriteMode: 'ALWAYS',
      });
    });

    test('a task is listed until it is deleted', async (aws) => {
      const arn = await makeTask(aws);
      const listed = async () =>
        (await aws.dataSync.send(new ListTasksCommand({}))).Tasks?.some((one) => one.TaskArn === arn);
      expect(await listed()).toBe(true);
      await aws.dataSync.send(new DeleteTaskCommand({ TaskArn: arn }));
      expect(await listed()).toBe(false);
      expect(await refusal(aws.dataSync.send(new DescribeTaskCommand({ TaskArn: arn })))).toMatchObject(
        refused,
      );
    });

    test('tasks come in pages', async (aws) => {
      const made = [await makeTask(aws), await makeTask(aws), await makeTask(aws)];
      const seen: string[] = [];
      let NextToken: string | undefined;
      do {
        const page = await aws.dataSync.send(new ListTasksCommand({ MaxResults: 2, NextToken }));
        expect(page.Tasks?.length).toBeLessThanOrEqual(2);
        seen.push(...(page.Tasks ?? []).map(({ TaskArn }) => defined(TaskArn)));
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
      expect(seen).toEqual(expect.arrayContaining(made));
      expect(new Set(seen).size).toBe(seen.length);
    });

    test('a task from a location that is not there is refused', async (aws) => {
      const SourceLocationArn = 'arn:aws:datasync:us-east-1:123456789012:location/loc-0123456789abcdef0';
      expect(await refusal(makeTask(aws, { SourceLocationArn }))).toMatchObject(refused);
    });

    test('a task from what is no location is refused', async (aws) => {
      expect(await refusal(makeTask(aws, { SourceLocationArn: 's3://data' }))).toMatchObject(refused);
    });

    test('an NFS server is a location, reached by an agent', async (aws) => {
      const nfs = { Subdirectory: '/export', ServerHostname: 'nas.example' };
      const { LocationArn } = await aws.dataSync.send(
        new CreateLocationNfsCommand({ ...nfs, OnPremConfig: { AgentArns: [AGENT] } }),
      );
      expect(LocationArn).toMatch(/:location\/loc-[0-9a-z]{17}$/);
    });

    test('an NFS server that no agent reaches is refused', async (aws) => {
      const nfs = { Subdirectory: '/export', ServerHostname: 'nas.example', OnPremConfig: { AgentArns: [] } };
      expect(await refusal(aws.dataSync.send(new CreateLocationNfsCommand(nfs)))).toMatchObject(refused);
    });

    test('a task that has an execution in progress is not deleted', async (aws) => {
      const arn = await makeTask(aws);
      await start(aws, arn);
      expect(await refusal(aws.dataSync.send(new DeleteTaskCommand({ TaskArn: arn })))).toMatchObject(
        refused,
      );
    });
  });
};
