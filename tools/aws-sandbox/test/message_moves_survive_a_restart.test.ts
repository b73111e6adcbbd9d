import {
  CreateQueueCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { eventually } from '@groundwork/service/testing';
import { expect, it } from 'vitest';
import { arnOf, createQueue, drain, start, type Running } from './sandbox.ts';

const SourceArn = arnOf('dead');
const bodies = Array.from({ length: 8 }, (_, number) => `message ${number}`);

/** A queue whose messages have all become dead letters. */
async function deadLetters(running: Running): Promise<string> {
  await createQueue(running, 'dead');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: SourceArn, maxReceiveCount: 1 });
  const { QueueUrl = '' } = await running.sqs.send(
    new CreateQueueCommand({ QueueName: 'work', Attributes: { RedrivePolicy } }),
  );
  for (const MessageBody of bodies) {
    await running.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  }
  for (const VisibilityTimeout of [0, 0]) {
    const receive = { QueueUrl, VisibilityTimeout, MaxNumberOfMessages: 10 };
    await running.sqs.send(new ReceiveMessageCommand(receive));
  }
  return QueueUrl;
}

const redrive = ({ sqs }: Running, MaxNumberOfMessagesPerSecond?: number) =>
  sqs.send(new StartMessageMoveTaskCommand({ SourceArn, MaxNumberOfMessagesPerSecond }));

async function task({ sqs }: Running) {
  const { Results = [] } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn }));
  return Results[0];
}

const completed = (running: Running) =>
  eventually(async () => {
    const now = await task(running);
    return now?.Status === 'COMPLETED' && now;
  });

it('goes on where it stopped, and moves every message once', async () => {
  const before = await start();
  const url = await deadLetters(before);
  await redrive(before, 4);
  await eventually(async () => ((await task(before))?.ApproximateNumberOfMessagesMoved ?? 0) >= 2);
  await before.stop();

  const after = await start(before.dir);
  const resumed = await task(after);
  expect(resumed).toMatchObject({ Status: 'RUNNING', MaxNumberOfMessagesPerSecond: 4 });
  expect(resumed?.ApproximateNumberOfMessagesMoved).toBeLessThan(bodies.length);
  expect(await completed(after)).toMatchObject({ ApproximateNumberOfMessagesMoved: bodies.length });
  const arrived = (await drain(after, url, 0)).map(({ Body }) => Body);
  expect(arrived).toHaveLength(bodies.length);
  expect(new Set(arrived)).toEqual(new Set(bodies));
});

it('runs although the answer to its start is lost, so that a second start is refused', async () => {
  const running = await start();
  await deadLetters(running);
  running.faults.add({ kind: 'lost-response', operation: 'sqs:StartMessageMoveTask', times: 1 });
  await expect(redrive(running, 4)).rejects.toMatchObject({ code: 'ECONNRESET' });
  await expect(redrive(running, 4)).rejects.toThrow('already a task running');
  expect(await completed(running)).toMatchObject({ ApproximateNumberOfMessagesMoved: bodies.length });
});

it('does not begin when its start is throttled', async () => {
  const running = await start();
  await deadLetters(running);
  running.faults.add({ kind: 'throttle', operation: 'sqs:StartMessageMoveTask', times: 1 });
  await expect(redrive(running)).rejects.toMatchObject({ name: 'ThrottlingException' });
  expect(await task(running)).toBeUndefined();
});

it('leaves a dead letter alone that somebody is looking at', async () => {
  const running = await start();
  await deadLetters(running);
  const dead = await createQueue(running, 'dead');
  await running.sqs.send(new ReceiveMessageCommand({ QueueUrl: dead, VisibilityTimeout: 600 }));
  await redrive(running);
  expect(await completed(running)).toMatchObject({
    ApproximateNumberOfMessagesToMove: bodies.length - 1,
    ApproximateNumberOfMessagesMoved: bodies.length - 1,
  });
});
