import {
  BatchServiceException,
  CancelJobCommand,
  DescribeComputeEnvironmentsCommand,
  DescribeJobDefinitionsCommand,
  DescribeJobQueuesCommand,
  DescribeJobsCommand,
  ListJobsCommand,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
  TerminateJobCommand,
  type BatchClient as Sdk,
  type ComputeEnvironmentDetail,
  type JobDetail,
  type JobQueueDetail,
  type RegisterJobDefinitionCommandInput,
  type SubmitJobCommandInput,
} from '@aws-sdk/client-batch';
import type { Rate } from './rate.ts';

/** What is asked of AWS Batch. All of it rejects with BatchUnavailable. */
export interface BatchClient {
  /** Its id. Rejects with BatchRefused when it was not taken; after BatchUnavailable it may have been. */
  submit(job: SubmitJobCommandInput): Promise<string>;
  /** At most 100; those that Batch has forgotten are left out. */
  describe(ids: readonly string[]): Promise<JobDetail[]>;
  /** Ids of jobs by that name, or that begin so where it ends with *, in any state. */
  named(queue: string, name: string): Promise<{ id: string; name: string }[]>;
  terminate(id: string, reason: string): Promise<void>;
  /** Only what Batch has not begun to start. */
  cancel(id: string, reason: string): Promise<void>;
  /** Its name and revision; made where there is none by that name. */
  definition(wanted: RegisterJobDefinitionCommandInput & { jobDefinitionName: string }): Promise<string>;
  queues(names: readonly string[]): Promise<JobQueueDetail[]>;
  environments(names: readonly string[]): Promise<ComputeEnvironmentDetail[]>;
}

/** Nobody knows whether it has done what it was asked. */
export class BatchUnavailable extends Error {
  override readonly name = 'BatchUnavailable';
}

/** It has said no, and will say so again. */
export class BatchRefused extends Error {
  override readonly name = 'BatchRefused';
}

/** It has not done it, and may later. */
export class BatchBusy extends BatchUnavailable {}

const LISTED_AT_ONCE = 100;

/**
 * `submits`: for all submissions of an account, which has 50 a second (AWS Batch service quotas); `others`: for
 * everything else. `sdk` must not repeat a submission by itself: that would be a second job.
 */
export function createBatchClient(
  sdk: Sdk,
  { submits, others }: { submits: Rate; others: Rate },
): BatchClient {
  async function ask<T>(rate: Rate, asking: () => Promise<T>): Promise<T> {
    await rate.turn();
    return asking().catch((error: unknown) => {
      throw meantBy(error);
    });
  }

  return {
    async submit(job) {
      const { jobId } = await ask(submits, () => sdk.send(new SubmitJobCommand(job)));
      if (jobId === undefined) throw new BatchUnavailable('AWS Batch took a job and gave no id for it');
      return jobId;
    },

    async describe(ids) {
      if (ids.length === 0) return [];
      return (await ask(others, () => sdk.send(new DescribeJobsCommand({ jobs: [...ids] })))).jobs ?? [];
    },

    async named(queue, name) {
      const found: { id: string; name: string }[] = [];
      let nextToken: string | undefined;
      do {
        const page = await ask(others, () =>
          sdk.send(
            new ListJobsCommand({
              jobQueue: queue,
              filters: [{ name: 'JOB_NAME', values: [name] }],
              maxResults: LISTED_AT_ONCE,
              nextToken,
            }),
          ),
        );
        for (const { jobId, jobName } of page.jobSummaryList ?? []) {
          if (jobId !== undefined && jobName !== undefined) found.push({ id: jobId, name: jobName });
        }
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      return found;
    },

    async terminate(id, reason) {
      await ask(others, () => sdk.send(new TerminateJobCommand({ jobId: id, reason })));
    },

    async cancel(id, reason) {
      await ask(others, () => sdk.send(new CancelJobCommand({ jobId: id, reason })));
    },

    async definition(wanted) {
      const { jobDefinitionName } = wanted;
      const { jobDefinitions = [] } = await ask(others, () =>
        sdk.send(new DescribeJobDefinitionsCommand({ jobDefinitionName, status: 'ACTIVE' })),
      );
      const [latest] = jobDefinitions.toSorted((a, b) => (b.revision ?? 0) - (a.revision ?? 0));
      if (latest !== undefined) return `${jobDefinitionName}:${latest.revision}`;
      const made = await ask(others, () => sdk.send(new RegisterJobDefinitionCommand(wanted)));
      return `${jobDefinitionName}:${made.revision}`;
    },

    async queues(names) {
      const { jobQueues = [] } = await ask(others, () =>
        sdk.send(new DescribeJobQueuesCommand({ jobQueues: [...names] })),
      );
      return jobQueues;
    },

    async environments(names) {
      const { computeEnvironments = [] } = await ask(others, () =>
        sdk.send(new DescribeComputeEnvironmentsCommand({ computeEnvironments: [...names] })),
      );
      return computeEnvironments;
    },
  };
}

/** What it has said no to was not done; of servers that fail, and of answers that got lost, nobody knows. */
function meantBy(error: unknown): Error {
  const { name, message } = error as Error;
  const status = error instanceof BatchServiceException ? error.$metadata.httpStatusCode : undefined;
  if (name === 'ClientException' && status === 400) return new BatchRefused(`AWS Batch says: ${message}`);
  if (status === 429 || name === 'TooManyRequestsException')
    return new BatchBusy(`AWS Batch is busy: ${message}`);
  return new BatchUnavailable(`AWS Batch does not answer: ${name}: ${message}`, { cause: error });
}
