import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DeferredWork } from '@groundwork/contracts';
import { jsonBody, type Publisher } from '@groundwork/messaging';
import type { Deferred } from '../ports/deferred.ts';

/** More uploads than this waiting to be handled: live traffic goes before a sweep. */
const BUSY_UPLOADS = 10;
/** More deferred work than this waiting: a sweep adds no more. */
const BUSY_DEFERRED = 1_000;

export function createDeferredQueue(
  sqs: SQSClient,
  publisher: Publisher,
  queues: { uploads: string; deferred: string },
): Deferred {
  const send = async (work: DeferredWork, delaySeconds = 0): Promise<void> => {
    await publisher.publish({ body: jsonBody(work), delaySeconds });
  };
  const waiting = async (url: string): Promise<number> => {
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['ApproximateNumberOfMessages'] }),
    );
    return Number(Attributes?.['ApproximateNumberOfMessages'] ?? 0);
  };
  return {
    tend: ({ bucket, key }, delaySeconds, revision) =>
      send({ tend: { bucket, key, ...(revision === undefined ? {} : { revision }) } }, delaySeconds),
    sweep: (id, revision, delaySeconds) => send({ sweep: id, revision }, delaySeconds),
    async busy() {
      if ((await waiting(queues.uploads)) > BUSY_UPLOADS) return 'uploads';
      return (await waiting(queues.deferred)) > BUSY_DEFERRED ? 'deferred' : undefined;
    },
  };
}
