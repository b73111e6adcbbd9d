import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect, it } from 'vitest';
import { createBucket, createQueue, drain, start, type Running } from './sandbox.ts';

async function prepared() {
  const running = await start();
  await createBucket(running, 'things');
  const put = (Key = 'a') =>
    running.s3.send(new PutObjectCommand({ Bucket: 'things', Key, Body: 'x' })).then(
      () => 'ok',
      (error: unknown) => (error as Error).name,
    );
  const get = (Key = 'a') => running.s3.send(new GetObjectCommand({ Bucket: 'things', Key }));
  return { running, put, get };
}

/** As a developer would, with curl. */
async function inject({ endpoint }: Running, fault: unknown) {
  const answer = await fetch(`${endpoint}/_sandbox/faults`, {
    method: 'POST',
    body: typeof fault === 'string' ? fault : JSON.stringify(fault),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

it('throttles an operation of S3 as often as asked and no other operation', async () => {
  const { running, put, get } = await prepared();
  await put();
  expect((await inject(running, { kind: 'throttle', operation: 's3:PutObject', times: 2 })).status).toBe(201);
  await get();
  expect([await put(), await put(), await put()]).toEqual(['SlowDown', 'SlowDown', 'ok']);
});

it('throttles SQS with its own error, and sends nothing', async () => {
  const { running } = await prepared();
  const url = await createQueue(running, 'work');
  await inject(running, { kind: 'throttle', operation: 'sqs:SendMessage', times: 1 });
  await expect(
    running.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'x' })),
  ).rejects.toMatchObject({ name: 'ThrottlingException' });
  expect(await drain(running, url, 0)).toEqual([]);
});

it('fails only for the bucket and the keys it is about', async () => {
  const { running, put } = await prepared();
  await inject(running, { kind: 'error', operation: 's3:*', bucket: 'things', keyPrefix: 'bad/' });
  await inject(running, { kind: 'error', operation: 's3:*', bucket: 'other' });
  expect([await put('good/1'), await put('bad/1')]).toEqual(['ok', 'InternalError']);
});

it('answers late, by the time it was told', async () => {
  const { running, put } = await prepared();
  await inject(running, { kind: 'latency', operation: 's3:PutObject', latencyMs: 300 });
  const began = performance.now();
  expect(await put()).toBe('ok');
  expect(performance.now() - began).toBeGreaterThan(290);
});

it('loses the answer of a write that has happened', async () => {
  const { running, put, get } = await prepared();
  await inject(running, { kind: 'lost-response', operation: 's3:PutObject', times: 1 });
  expect(await put('lost')).not.toBe('ok');
  expect(await (await get('lost')).Body?.transformToString()).toBe('x');
  expect(await put('lost')).toBe('ok');
});

it('strikes by chance: never at 0, about half the time at 0.5', async () => {
  const { running, put } = await prepared();
  await inject(running, { kind: 'error', operation: '*', probability: 0 });
  expect(await put()).toBe('ok');
  await inject(running, { kind: 'error', operation: '*', probability: 0.5 });
  const results = await Promise.all(Array.from({ length: 60 }, () => put()));
  const failed = results.filter((result) => result !== 'ok').length;
  expect(failed).toBeGreaterThan(5); // outside of 6..54 once in 10^11 runs
  expect(failed).toBeLessThan(55);
});

it('lists faults with how often they have struck, and takes one or all away again', async () => {
  const { running, put } = await prepared();
  const { body: first } = await inject(running, { kind: 'error', operation: 's3:PutObject' });
  await inject(running, { kind: 'throttle', operation: 'sqs:*' });
  await put();
  const faults = async () => (await fetch(`${running.endpoint}/_sandbox/faults`)).json();
  expect(await faults()).toMatchObject([
    { id: first['id'], struck: 1 },
    { kind: 'throttle', struck: 0 },
  ]);
  const remove = async (path: string) =>
    (await fetch(`${running.endpoint}/_sandbox/faults${path}`, { method: 'DELETE' })).status;
  expect(await remove(`/${String(first['id'])}`)).toBe(204);
  expect(await faults()).toMatchObject([{ kind: 'throttle' }]);
  expect(await put()).toBe('ok');
  expect(await remove('')).toBe(204);
  expect(await faults()).toEqual([]);
});

it('says that there is no such fault instead of pretending to remove it', async () => {
  const { running } = await prepared();
  const answer = await fetch(`${running.endpoint}/_sandbox/faults/nonsense`, { method: 'DELETE' });
  expect(answer.status).toBe(404);
});

it.each([
  [{ kind: 'explode' }, ['kind']],
  [{ kind: 'error' }, ['operation']],
  [{ kind: 'error', operation: 'PutObject', times: 0 }, ['operation', 'times']],
  [{ kind: 'error', operation: 's3:PutObject', probability: 2, tymes: 1 }, ['probability', 'tymes']],
  [{ kind: 'latency', operation: '*', latencyMs: 10_000_000 }, ['latencyMs']],
  [{ kind: 'drop', operation: 's3:PutObject' }, ['operation']],
])('refuses the fault %o and lists everything that is wrong with it', async (fault, wrong) => {
  const { running } = await prepared();
  const { status, body } = await inject(running, fault);
  expect(status).toBe(400);
  for (const name of wrong) expect(JSON.stringify(body['issues'])).toContain(name);
  expect(body['issues']).toHaveLength(wrong.length);
});

it('refuses what is not JSON', async () => {
  const { running } = await prepared();
  expect((await inject(running, '{')).status).toBe(400);
});
