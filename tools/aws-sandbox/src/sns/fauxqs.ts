import type { FastifyInstance } from 'fastify';
import { buildApp } from 'fauxqs';
import type { Attributes } from '../sqs/message.ts';
import type { Messages } from '../sqs/messages.ts';
import { isFifo, type Queues } from '../sqs/queues.ts';

/** The parts of fauxqs that are used here; it exports these classes by deep path only. */
export interface TopicStore {
  persistence?: unknown;
  getTopic(arn: string): { attributes: Record<string, string> } | undefined;
}
interface Persistence {
  loadSnsTopics(topics: TopicStore): void;
  loadSnsSubscriptions(topics: TopicStore): void;
  close(): void;
}

export interface Fauxqs {
  app: FastifyInstance;
  topics: TopicStore;
  close(): Promise<void>;
}

/**
 * SNS by fauxqs, delivering into our own queues. Its `startFauxqs` persists but
 * always binds 0.0.0.0; its `buildApp` does not listen but cannot persist. So the
 * stores are put together here as `startFauxqs` does, and the version is pinned.
 * Why not its SQS too: docs/decisions/0002-aws-sandbox.md.
 */
export async function openFauxqs(stateDir: string, queues: Queues, messages: Messages): Promise<Fauxqs> {
  const root = import.meta.resolve('fauxqs');
  const load = async (path: string) =>
    (await import(new URL(path, root).href)) as Record<string, new (dir?: string) => unknown>;
  const [{ SnsStore }, { PersistenceManager }] = await Promise.all([
    load('sns/snsStore.js'),
    load('persistence.js'),
  ]);
  if (SnsStore === undefined || PersistenceManager === undefined) {
    throw new Error('This version of fauxqs is not the one the sandbox was written for');
  }
  const topics = new SnsStore() as TopicStore;
  const persistence = new PersistenceManager(stateDir) as Persistence;
  persistence.loadSnsTopics(topics);
  persistence.loadSnsSubscriptions(topics);
  topics.persistence = persistence;
  const stores = { sqsStore: queueStore(queues, messages), snsStore: topics };
  // The stores are given by shape: the classes themselves are not exported.
  const app = buildApp({ logger: false, stores: stores as never }) as unknown as FastifyInstance;
  await app.ready();
  return {
    app,
    topics,
    async close() {
      await app.close();
      persistence.close();
    },
  };
}

interface FannedOut {
  body: string;
  messageAttributes: Attributes;
  messageGroupId?: string;
  messageDeduplicationId?: string;
}

/** What fauxqs' fan-out asks of a queue store, answered by ours, which deduplicates itself. */
function queueStore(queues: Queues, messages: Messages) {
  return {
    getQueueByArn(arn: string) {
      const queue = queues.find(arn.split(':').at(-1) ?? '');
      if (queue === undefined) return undefined;
      return {
        isFifo: () => isFifo(queue),
        checkDeduplication: () => ({ isDuplicate: false }),
        recordDeduplication: () => undefined,
        nextSequenceNumber: () => '',
        enqueue: (message: FannedOut) => {
          messages.send(queue.name, message.body, message.messageAttributes, {
            groupId: message.messageGroupId,
            deduplicationId: message.messageDeduplicationId,
          });
        },
      };
    },
    shutdown: () => undefined,
  };
}
