import type { ReceiveMessageCommandInput, ReceiveMessageCommandOutput } from '@aws-sdk/client-sqs';
import { eventually } from '@groundwork/service/testing';
import request from 'supertest';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { distinctJpeg } from './support/pictures.ts';
import { startStack, type Stack } from './support/stack.ts';

let stack: Stack;
beforeEach(async () => {
  stack = await startStack();
});
afterEach(() => stack.close());

interface List {
  approximateCount: number;
  items: { id: string; reason: string | null; body: string }[];
}
const list = async (query = '') =>
  (await request(stack.app).get(`/v1/dead-letters${query}`)).body as unknown as List;
const redrive = (body: object = {}) => request(stack.app).post('/v1/dead-letters/redrive').send(body);

it('dead letters are shown with their reason, and stay where they are', async () => {
  await stack.startWorker();
  for (let i = 0; i < 12; i++) await stack.send('uploads', { what: i });
  await eventually(async () => (await stack.backlog('uploads-dlq')) === 12);
  for (let look = 0; look < 2; look++) {
    const { approximateCount, items } = await list();
    expect(approximateCount).toBe(12);
    expect(new Set(items.map(({ id }) => id)).size).toBe(12);
    expect(items[0]?.reason).toContain('neither an S3 event');
  }
  expect((await list('?limit=5')).items).toHaveLength(5);
});

it('a listing finds what a short poll may miss, and ends although messages come round again', async () => {
  for (let i = 0; i < 3; i++) await stack.send('uploads-dlq', { what: i });
  let calls = 0;
  const onReceive = (act: (input: ReceiveMessageCommandInput) => ReceiveMessageCommandOutput | undefined) =>
    stack.sqs.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName !== 'ReceiveMessageCommand') return next(args);
        calls += 1;
        const output = act(args.input as ReceiveMessageCommandInput);
        return output === undefined ? next(args) : { output, response: undefined };
      },
      { step: 'initialize', name: 'like SQS', override: true },
    );
  // As SQS does now and then: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
  onReceive(({ WaitTimeSeconds = 0 }) =>
    WaitTimeSeconds === 0 ? { $metadata: {}, Messages: [] } : undefined,
  );
  expect((await list()).items).toHaveLength(3);
  calls = 0;
  onReceive((input) => void (input.VisibilityTimeout = 0));
  expect((await list('?limit=100')).items).toHaveLength(3);
  expect(calls).toBeLessThanOrEqual(20);
});

it('once the cause is gone, they are handled again', async () => {
  await stack.put('a.jpg', await distinctJpeg(1, 40, 30));
  const broken = await stack.startWorker({
    renderer: { encoder: 'x', render: () => Promise.reject(new Error('the disk is full')) },
  });
  await eventually(async () => (await stack.backlog('uploads-dlq')) === 1, { withinMs: 20_000 });
  await broken.stop(AbortSignal.timeout(5_000));
  expect((await list()).items[0]?.reason).toContain('the disk is full');
  await stack.startWorker();
  expect((await redrive()).body).toMatchObject({ state: 'started' });
  await eventually(async () => (await stack.manifest('a.jpg'))?.state === 'ready');
  await eventually(async () => (await stack.backlog('uploads-dlq')) === 0);
  expect((await redrive()).body).toEqual({ state: 'nothing to redrive' });
}, 40_000);

it('a second redrive waits for the first; each queue has its own', async () => {
  for (let i = 0; i < 3; i++) await stack.send('uploads-dlq', { what: i });
  expect((await redrive({ maxPerSecond: 1 })).status).toBe(202);
  expect((await redrive()).body).toMatchObject({ code: 'redrive_under_way' });
  expect((await redrive({ queue: 'deferred' })).body).toEqual({ state: 'nothing to redrive' });
  expect((await redrive({ queue: 'other' })).status).toBe(400);
});
