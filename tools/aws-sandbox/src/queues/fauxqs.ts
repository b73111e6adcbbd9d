import type { FastifyInstance } from 'fastify';
import { buildApp } from 'fauxqs';

/** The parts of fauxqs' stores that are used here; it exports their classes by deep path only. */
interface QueueStore {
  host: string;
  persistence?: unknown;
  getQueueByArn(arn: string): { isFifo(): boolean; persistence?: unknown } | undefined;
  allQueues(): Iterable<{ persistence?: unknown }>;
}
interface TopicStore {
  persistence?: unknown;
  getTopic(arn: string): { attributes: Record<string, string> } | undefined;
}
interface Persistence {
  loadSqsAndSns(queues: QueueStore, topics: TopicStore): void;
  close(): void;
}

export interface Fauxqs {
  app: FastifyInstance;
  queues: QueueStore;
  topics: TopicStore;
  close(): Promise<void>;
}

/**
 * fauxqs without its own listener. Its `startFauxqs` would persist too, but always
 * binds 0.0.0.0; `buildApp` does not listen but cannot persist. So its stores and
 * its persistence are put together here the way `startFauxqs` does. The version is
 * pinned for that reason. See docs/decisions/0002-sandbox.md.
 */
export async function openFauxqs(stateDir: string): Promise<Fauxqs> {
  const root = import.meta.resolve('fauxqs');
  const load = async (path: string) => (await import(new URL(path, root).href)) as Record<string, new (dir?: string) => unknown>;
  const [{ SqsStore }, { SnsStore }, { PersistenceManager }] = await Promise.all([
    load('sqs/sqsStore.js'),
    load('sns/snsStore.js'),
    load('persistence.js'),
  ]);
  if (SqsStore === undefined || SnsStore === undefined || PersistenceManager === undefined) {
    throw new Error('This version of fauxqs is not the one the sandbox was written for');
  }
  const queues = new SqsStore() as QueueStore;
  const topics = new SnsStore() as TopicStore;
  queues.host = ''; // queue URLs then carry the host the client asked
  const persistence = new PersistenceManager(stateDir) as Persistence;
  persistence.loadSqsAndSns(queues, topics);
  queues.persistence = persistence;
  topics.persistence = persistence;
  for (const queue of queues.allQueues()) queue.persistence = persistence;
  const stores = { sqsStore: queues, snsStore: topics } as unknown as NonNullable<
    NonNullable<Parameters<typeof buildApp>[0]>['stores']
  >;
  const app = buildApp({ logger: false, stores }) as unknown as FastifyInstance;
  await app.ready();
  return {
    app,
    queues,
    topics,
    async close() {
      await app.close();
      persistence.close();
    },
  };
}
