import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { Resources, startSandbox } from '@groundwork/aws-sandbox';
import type { JobEvent, JobEvents } from '@groundwork/contracts';
import { PermanentFailure, type IncomingMessage } from '@groundwork/messaging';
import { createRegistry, type Component } from '@groundwork/service';
import { eventually } from '@groundwork/service/testing';
import { sql } from 'kysely';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listJobs } from '../src/adapters/postgres/read-jobs.ts';
import { readCatalogue } from '../src/catalogue/read.ts';
import { createPlanning } from '../src/planning.ts';
import { composeQueues } from '../src/queue/compose.ts';
import { createIntakeHandler } from '../src/queue/intake.ts';
import { QueueFull, submit, type SubmitParts } from '../src/submit.ts';
import { logger, useDatabases } from './support/database.ts';
import { job, openLedger, type Ledger } from './support/ledger.ts';

const RESOURCES = Resources.parse({
  queues: [
    { name: 'jobs-dlq.fifo' },
    { name: 'jobs.fifo', deadLetters: { queue: 'jobs-dlq.fifo', maxReceiveCount: 1_000 } },
    { name: 'told.fifo' },
  ],
  topics: [{ name: 'events.fifo', subscriptions: [{ queue: 'told.fifo', raw: true }] }],
});
const TOPIC = 'arn:aws:sns:us-east-1:000000000000:events.fifo';

const databases = useDatabases();
let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let stateDir: string;
let sqs: SQSClient;
let ledger: Ledger;
let isFull = false;
const running: Component[] = [];

beforeAll(() => {
  process.env['AWS_ACCESS_KEY_ID'] ??= 'sandbox';
  process.env['AWS_SECRET_ACCESS_KEY'] ??= 'sandbox';
});
beforeEach(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'hpc-queues-'));
  sandbox = await startSandbox({ host: '127.0.0.1', port: 0, stateDir, resources: RESOURCES });
  sqs = new SQSClient({ endpoint: sandbox.endpoint, region: 'us-east-1', useQueueUrlAsEndpoint: false });
  ledger = openLedger(await databases.open());
  isFull = false;
});
afterEach(async () => {
  for (const one of running.splice(0).toReversed()) await one.stop?.(AbortSignal.abort());
  sqs.destroy();
  await sandbox.close();
  rmSync(stateDir, { recursive: true, force: true });
});

const urlOf = (name: string) => `${sandbox.endpoint}/000000000000/${name}`;

async function submitting(): Promise<SubmitParts> {
  const calibration = { of: () => undefined };
  const engines = [
    { name: 'local', kind: 'local', cores: 4, memoryMiB: 8_192, gpus: 0, purchase: ['owned'] },
  ] as const;
  return {
    db: ledger.db,
    newId: randomUUID,
    planning: createPlanning({
      catalogue: await readCatalogue(new URL('../catalogue/', import.meta.url), 'us-east-1'),
      region: 'us-east-1',
      engines: () => engines,
      calibration: () => calibration,
      now: () => new Date(),
    }),
    checkRoom: () => {
      if (isFull) throw new QueueFull('10 elements wait in all, and 10 may', 1);
    },
    tell: () => undefined,
  };
}

/** One broker, as far as messages go. */
async function start(what: { INTAKE_QUEUE_URL?: string; EVENTS_TOPIC_ARN?: string }): Promise<Component[]> {
  const parts = await submitting();
  const { components } = composeQueues({
    config: { ...what, QUEUE_POLL_SECONDS: 1 },
    aws: { endpoint: sandbox.endpoint, region: 'us-east-1', maxAttempts: 1 },
    db: ledger.db,
    submit: (submission, from) => submit(parts, submission, from),
    registry: createRegistry('test'),
    logger,
  });
  for (const one of components) await one.start?.();
  running.push(...components);
  return components;
}

const send = (body: unknown, deduplicationId: string = randomUUID()) =>
  sqs.send(
    new SendMessageCommand({
      QueueUrl: urlOf('jobs.fifo'),
      MessageBody: typeof body === 'string' ? body : JSON.stringify(body),
      MessageGroupId: 'default',
      MessageDeduplicationId: deduplicationId,
    }),
  );
const jobs = () => listJobs(ledger.db, {}, undefined, 100);
const arrive = (count: number) =>
  eventually(async () => (await jobs()).length === count, { what: `${count} jobs`, withinMs: 20_000 });

async function deadLetter(): Promise<{ body: string; reason: string }> {
  return eventually(async () => {
    const { Messages: [message] = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: urlOf('jobs-dlq.fifo'),
        MessageAttributeNames: ['All'],
        WaitTimeSeconds: 1,
      }),
    );
    const reason = message?.MessageAttributes?.['failureReason']?.StringValue ?? '';
    return message && { body: message.Body ?? '', reason };
  });
}

describe('a job that comes by message', () => {
  it('is accepted, and so is a workflow', async () => {
    await start({ INTAKE_QUEUE_URL: urlOf('jobs.fifo') });
    await send(job({ name: 'single' }));
    await send({ name: 'two', jobs: [job({ name: 'x' }), job({ name: 'y', dependsOn: [{ job: 'x' }] })] });
    await arrive(3);
    const all = await jobs();
    expect(Object.fromEntries(all.map(({ name, state }) => [name, state]))).toEqual({
      single: 'ready',
      x: 'ready',
      y: 'pending',
    });
    expect(all.every(({ submittedBy }) => /^queue:\w+$/.test(submittedBy))).toBe(true);
  });

  it('is accepted once, also when it is sent again after SQS has forgotten its deduplication id', async () => {
    const parts = await submitting();
    const handle = createIntakeHandler({ submit: (submission, from) => submit(parts, submission, from) });
    const context = { log: logger, signal: new AbortController().signal };
    const message = (words: Partial<IncomingMessage>): IncomingMessage => ({
      id: randomUUID(),
      body: JSON.stringify(job()),
      attributes: {},
      receiveCount: 1,
      deduplicationId: 'order-17',
      senderId: 'AROAEXAMPLE:instance-1',
      ...words,
    });
    await handle(message({}), context);
    // Another process of the same sender, which does not know whether the first one was successful.
    await handle(message({ senderId: 'AROAEXAMPLE:instance-2' }), context);
    expect(await jobs()).toHaveLength(1);
    const other = message({ body: JSON.stringify(job({ name: 'another' })) });
    await expect(handle(other, context)).rejects.toThrow(PermanentFailure);
    await handle(message({ senderId: 'AROAOTHER:instance-1' }), context);
    expect(await jobs()).toHaveLength(2);
    // A repeat is answered while the queue is full: else what was taken would become a dead letter.
    isFull = true;
    await handle(message({ receiveCount: 2 }), context);
    await expect(handle(message({ deduplicationId: 'order-18' }), context)).rejects.toThrow(QueueFull);
    expect(await jobs()).toHaveLength(2);
  });

  it.each([
    ['no JSON', '{', /not JSON/],
    [
      'no job',
      { name: 'x' },
      /The message is not valid: command: must have exactly one of command and shell/,
    ],
    [
      'a workflow with a wrong job',
      { name: 'w', jobs: [{ name: 'x', command: ['true'], walltimeSeconds: 0 }] },
      /not valid: jobs\.0\.walltimeSeconds/,
    ],
    [
      'too large for every engine',
      { name: 'x', command: ['true'], resources: { cores: 900 } },
      /cannot be run/,
    ],
    [
      'waiting for nobody',
      { name: 'x', command: ['true'], dependsOn: [{ job: '00000000-0000-7000-8000-000000000000' }] },
      /There is no job 00000000/,
    ],
    [
      'waiting in a circle',
      {
        name: 'w',
        jobs: [
          { name: 'x', command: ['true'], dependsOn: [{ job: 'y' }] },
          { name: 'y', command: ['true'], dependsOn: [{ job: 'x' }] },
        ],
      },
      /x, y wait for each other in a circle/,
    ],
  ])(
    'and is %s goes to the dead letters with the reason, and holds up nobody',
    async (_what, body, reason) => {
      await start({ INTAKE_QUEUE_URL: urlOf('jobs.fifo') });
      await send(body);
      await send(job());
      await arrive(1);
      const letter = await deadLetter();
      expect(letter.body).toBe(typeof body === 'string' ? body : JSON.stringify(body));
      expect(letter.reason).toMatch(reason);
    },
  );

  it('while too many wait comes back later, and is accepted then', async () => {
    isFull = true;
    await start({ INTAKE_QUEUE_URL: urlOf('jobs.fifo') });
    const refused = sandbox.faults.add({
      kind: 'latency',
      operation: 'sqs:ChangeMessageVisibilityBatch',
      latencyMs: 0,
    });
    await send(job());
    await eventually(() => refused.struck > 0);
    expect(await jobs()).toEqual([]);
    isFull = false;
    await arrive(1);
  });
});

describe('what happens to jobs', () => {
  const told: JobEvent[] = [];
  afterEach(() => void told.splice(0));
  const hear = async (): Promise<void> => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: urlOf('told.fifo'), MaxNumberOfMessages: 10 }),
    );
    for (const { Body = '', ReceiptHandle } of Messages) {
      told.push(...(JSON.parse(Body) as JobEvents).events);
      await sqs.send(new DeleteMessageCommand({ QueueUrl: urlOf('told.fifo'), ReceiptHandle }));
    }
  };
  const heard = (what: string, count: number) =>
    eventually(
      async () => {
        await hear();
        return told.filter((one) => one.what === what).length >= count;
      },
      { withinMs: 20_000, what: `${count} × ${what}` },
    );
  const topicIsKnown = () =>
    eventually(async () => (await sql`SELECT FROM publications`.execute(ledger.db)).rows.length === 1);

  it('is told in order, also what happened while nobody told it, and not what was before the topic', async () => {
    await ledger.submit(job({ name: 'before' }));
    const [first] = await start({ EVENTS_TOPIC_ARN: TOPIC });
    await topicIsKnown();
    const { b = '' } = await ledger.submit(job({ name: 'b' }));
    await heard('job.accepted', 1);
    await first?.stop?.(AbortSignal.abort());
    const placed = await ledger.placeAll();
    await ledger.end(placed, { by: 'exit', code: 0 });
    await start({ EVENTS_TOPIC_ARN: TOPIC });
    await heard('job.succeeded', 2);
    expect(told.filter((one) => one.job === b).map(({ what }) => what)).toEqual([
      'job.accepted',
      'attempt.ended',
      'job.succeeded',
    ]);
    const seqs = told.map(({ seq }) => seq);
    expect(seqs).toEqual([...new Set(seqs)].toSorted((x, y) => x - y));
    expect(told[0]).toMatchObject({ job: b, project: 'default', detail: { name: 'b' } });
  });

  it('is told although it is much, and what is too large for a message is left out and said to be', async () => {
    await start({ EVENTS_TOPIC_ARN: TOPIC });
    await topicIsKnown();
    const id = randomUUID();
    await sql`
      INSERT INTO events (job, project, what, detail)
      SELECT ${id}::uuid, 'p', 'job.failed', jsonb_build_object('reason', repeat('x', CASE n WHEN 7 THEN 300000 ELSE 9000 END))
      FROM generate_series(1, 60) AS n`.execute(ledger.db);
    await heard('job.failed', 60);
    expect(told).toHaveLength(60);
    expect(told[6]?.detail).toEqual({ leftOutBytes: 300_013 });
    expect(told[7]?.detail).toMatchObject({ reason: expect.stringMatching(/^x{9000}$/) });
  });
});
