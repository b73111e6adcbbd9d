import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect, it } from 'vitest';
import { createQueue, drain, start } from './sandbox.ts';

/** Begins to wait for a message and leaves before one comes. */
async function pollAndLeave(endpoint: string, QueueUrl: string, afterMs: number): Promise<void> {
  const poll = request(endpoint, {
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.ReceiveMessage' },
  });
  poll.once('error', () => undefined).end(JSON.stringify({ QueueUrl, WaitTimeSeconds: 20 }));
  await delay(afterMs); // there is no sign that a poll has begun to wait
  const closed = new Promise((resolve) => poll.once('close', resolve));
  poll.destroy();
  await closed;
}

it('leaves a message that comes after the client has left to the next client', async () => {
  const running = await start();
  const url = await createQueue(running, 'work');
  await Promise.all(Array.from({ length: 5 }, () => pollAndLeave(running.endpoint, url, 100)));
  await delay(50); // for the sandbox to see the closed connections
  await running.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'for the next' }));
  expect((await drain(running, url, 0)).map(({ Body }) => Body)).toEqual(['for the next']);
});

it('leaves a waiting message alone too when the client left before its poll was looked at', async () => {
  const running = await start();
  const url = await createQueue(running, 'work');
  await running.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'for the next' }));
  running.faults.add({ kind: 'latency', operation: 'sqs:ReceiveMessage', latencyMs: 200, times: 1 });
  await pollAndLeave(running.endpoint, url, 100);
  await delay(200); // until the fault lets the abandoned poll go on
  expect((await drain(running, url, 0)).map(({ Body }) => Body)).toEqual(['for the next']);
});
