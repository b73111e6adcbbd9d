import {
  BatchClient,
  DescribeJobsCommand,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
  type ContainerProperties,
  type JobDetail,
  type SubmitJobCommandInput,
} from '@aws-sdk/client-batch';
import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { eventually } from '@groundwork/service/testing';
import { onTestFinished } from 'vitest';
import { startBatchSandbox, type BatchEnvironment } from '../src/testing/index.ts';
import type { SandboxOptions } from '../src/index.ts';

export const isOver = ({ status }: JobDetail): boolean => status === 'SUCCEEDED' || status === 'FAILED';

export const small = {
  image: 'busybox',
  resourceRequirements: [
    { type: 'VCPU', value: '1' },
    { type: 'MEMORY', value: '64' },
  ],
} satisfies ContainerProperties;

/** A sandbox with a queue, and what tests of jobs say to it. */
export async function startBatch(
  options: Partial<SandboxOptions> = {},
  environment: BatchEnvironment = {},
  made = false,
) {
  const sandbox = await startBatchSandbox({ runBatchJobs: false, ...options });
  const common = {
    endpoint: sandbox.endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const batch = new BatchClient(common);
  const logs = new CloudWatchLogsClient(common);
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    batch.destroy();
    logs.destroy();
    return (stopped ??= sandbox.close());
  };
  onTestFinished(stop);
  if (!made) {
    await sandbox.makeQueue('queue', environment);
    await batch.send(
      new RegisterJobDefinitionCommand({
        jobDefinitionName: 'plain',
        type: 'container',
        containerProperties: small,
      }),
    );
  }
  const describe = async (jobId: string): Promise<JobDetail | undefined> =>
    (await batch.send(new DescribeJobsCommand({ jobs: [jobId] }))).jobs?.[0];
  const until = (jobId: string, what: string, holds: (job: JobDetail) => boolean): Promise<JobDetail> =>
    eventually(
      async () => {
        const job = await describe(jobId);
        return job !== undefined && holds(job) ? job : undefined;
      },
      { what: `${jobId} ${what}` },
    );
  return {
    ...sandbox,
    batch,
    logs,
    stop,
    describe,
    until,
    submit: async (job: Partial<SubmitJobCommandInput> = {}): Promise<string> => {
      const { jobId = '' } = await batch.send(
        new SubmitJobCommand({ jobName: 'job', jobQueue: 'queue', jobDefinition: 'plain', ...job }),
      );
      return jobId;
    },
    /** Runs a shell's words. */
    shell: async (script: string, job: Partial<SubmitJobCommandInput> = {}): Promise<string> => {
      const { jobId = '' } = await batch.send(
        new SubmitJobCommand({
          jobName: 'job',
          jobQueue: 'queue',
          jobDefinition: 'plain',
          containerOverrides: { command: ['sh', '-c', script] },
          ...job,
        }),
      );
      return jobId;
    },
    ended: (jobId: string): Promise<JobDetail> => until(jobId, 'has ended', isOver),
    lines: async (stream: string | undefined): Promise<string[]> => {
      const { events = [] } = await logs.send(
        new GetLogEventsCommand({
          logGroupName: '/aws/batch/job',
          logStreamName: stream,
          startFromHead: true,
        }),
      );
      return events.map(({ message = '' }) => message);
    },
  };
}
