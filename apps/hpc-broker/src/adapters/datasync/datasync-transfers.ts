import {
  CancelTaskExecutionCommand,
  DataSyncServiceException,
  DescribeTaskExecutionCommand,
  InvalidRequestException,
  ListTagsForResourceCommand,
  ListTaskExecutionsCommand,
  StartTaskExecutionCommand,
  type DataSyncClient,
  type TagListEntry,
} from '@aws-sdk/client-datasync';
import {
  TransferBusy,
  TransferRefused,
  TransferUnavailable,
  type DatasetTransfers,
  type ListedExecution,
  type TransferMark,
} from '../../ports/dataset-transfer.ts';
import { isOver, sightingOf } from './sighting.ts';

const JOB = 'groundwork:job';
const ATTEMPT = 'groundwork:attempt';
/** The most of a page. */
const LISTED_AT_ONCE = 100;

/**
 * AWS DataSync. StartTaskExecution has no client token, so executions are tagged in the call that starts
 * them: there is none of ours without its tags. `sdk` must not repeat a start by itself.
 */
export function createDataSyncTransfers(sdk: () => DataSyncClient): DatasetTransfers {
  // All that DataSync remembers is listed each time; nobody changes what it was tagged with.
  let marks = new Map<string, TransferMark | undefined>();

  async function markOf(execution: string): Promise<TransferMark | undefined> {
    if (marks.has(execution)) return marks.get(execution);
    const tags = await ask(() =>
      sdk().send(new ListTagsForResourceCommand({ ResourceArn: execution })),
    ).catch(
      // It has been forgotten since it was listed.
      (error: unknown) => {
        if (error instanceof TransferRefused) return { Tags: [] };
        throw error;
      },
    );
    const mark = readMark(tags.Tags ?? []);
    marks.set(execution, mark);
    return mark;
  }

  return {
    async start(task, { job, attempt }) {
      const Tags = [
        { Key: JOB, Value: job },
        { Key: ATTEMPT, Value: String(attempt) },
      ];
      const { TaskExecutionArn } = await ask(() =>
        sdk().send(new StartTaskExecutionCommand({ TaskArn: task, Tags })),
      );
      if (TaskExecutionArn === undefined)
        throw new TransferUnavailable('DataSync took a start and gave no execution for it');
      return TaskExecutionArn;
    },

    async executions(task) {
      const found: ListedExecution[] = [];
      let NextToken: string | undefined;
      do {
        const page = await ask(() =>
          sdk().send(new ListTaskExecutionsCommand({ TaskArn: task, MaxResults: LISTED_AT_ONCE, NextToken })),
        );
        for (const { TaskExecutionArn: id, Status } of page.TaskExecutions ?? []) {
          if (id !== undefined) found.push({ id, isOver: isOver(Status), mark: await markOf(id) });
        }
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
      const listed = new Set(found.map(({ id }) => id));
      marks = new Map([...marks].filter(([id]) => listed.has(id) || !id.startsWith(`${task}/`)));
      return found;
    },

    look: async (execution) =>
      sightingOf(
        await ask(() => sdk().send(new DescribeTaskExecutionCommand({ TaskExecutionArn: execution }))),
      ),

    async cancel(execution) {
      await ask(() => sdk().send(new CancelTaskExecutionCommand({ TaskExecutionArn: execution })));
    },
  };
}

function readMark(tags: readonly TagListEntry[]): TransferMark | undefined {
  const valueOf = (key: string): string | undefined => tags.find(({ Key }) => Key === key)?.Value;
  const [job, attempt] = [valueOf(JOB), Number(valueOf(ATTEMPT))];
  return job === undefined || !Number.isInteger(attempt) ? undefined : { job, attempt };
}

function ask<T>(asking: () => Promise<T>): Promise<T> {
  return asking().catch((error: unknown) => {
    throw meantBy(error);
  });
}

/**
 * What it has answered with 4xx was not done. Only InvalidRequestException is about what was asked; that it
 * throttles us, or does not know who we are, is of the moment and somebody else's to mend. Of servers that
 * fail, and of answers that got lost, nobody knows.
 */
function meantBy(error: unknown): Error {
  const { name, message } = error as Error;
  if (error instanceof InvalidRequestException) return new TransferRefused(`DataSync says: ${message}`);
  const status = error instanceof DataSyncServiceException ? error.$metadata.httpStatusCode : undefined;
  if (status !== undefined && status >= 400 && status < 500)
    return new TransferBusy(`DataSync takes nothing just now: ${name}: ${message}`);
  return new TransferUnavailable(`DataSync does not answer: ${name}: ${message}`, { cause: error });
}
