import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { createQueueLambda } from '@groundwork/messaging/lambda';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { handle as handleFifo, type Work } from '../../architectures/fifo-function/handler.ts';
import { QueueFunction } from '../../architectures/queue-function/index.ts';
import { exampleStack } from '../../architectures/example-stack.ts';
import { handle } from '../../architectures/queue-function/handler.ts';
import { modelOfExample, testApp } from '../stage.ts';
import { callOnce, createQueue, drain, order, silent, useAccount } from './messages.ts';

const account = useAccount();

/** Does what it is given, but for some orders, whose attempts it counts. */
function worker(fails: Record<string, number> = {}) {
  const done: string[] = [];
  const attempts: Record<string, number> = {};
  const work: Work = async ({ id }) => {
    attempts[id] = (attempts[id] ?? 0) + 1;
    if (attempts[id] <= (fails[id] ?? 0)) throw new Error(`not ${id} now`);
    done.push(id);
  };
  return { work, done, attempts };
}

const send = (QueueUrl: string, body: unknown, more: object = {}) =>
  account.sqs.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody: typeof body === 'string' ? body : JSON.stringify(body),
      ...more,
    }),
  );
const reasons = async (url: string): Promise<(string | undefined)[]> => {
  const dead = await drain(account, url);
  return dead.map(({ MessageAttributes: of }) => of?.['failureReason']?.StringValue);
};

describe('a queue with a function', () => {
  const deploy = async (work: Work, visibilitySeconds = 1, maxReceiveCount = 5) => {
    const queue = await createQueue(account, { visibilitySeconds, maxReceiveCount });
    const lambda = createQueueLambda(handle(work), {
      logger: silent,
      deadLetters: { sqs: account.sqs, queueUrl: queue.deadLetters },
    });
    return { ...queue, call: () => callOnce(account, queue.url, lambda) };
  };

  it('repeats what failed and nothing else of its batch', async () => {
    const { work, done, attempts } = worker({ 'o-2': 1 });
    const { url, call } = await deploy(work);
    for (const id of ['o-1', 'o-2', 'o-3']) await send(url, order(id));
    expect(await call()).toBe(3);
    expect(done).toEqual(['o-1', 'o-3']);
    expect(await call()).toBe(0);
    await delay(1_100);
    expect(await call()).toBe(1);
    expect(attempts).toEqual({ 'o-1': 1, 'o-2': 2, 'o-3': 1 });
  });

  it('puts what fails again and again aside, after as many attempts as it has', async () => {
    const { work, attempts } = worker({ 'o-1': 99 });
    const { url, deadLetters, call } = await deploy(work, 1, 2);
    await send(url, order('o-1'));
    for (let i = 0; i < 3; i += 1) {
      await call();
      await delay(1_100);
    }
    expect(attempts).toEqual({ 'o-1': 2 });
    expect(await drain(account, deadLetters)).toHaveLength(1);
  });

  it('puts what is no order aside at once, with the reason', async () => {
    const { work, done } = worker();
    const { url, deadLetters, call } = await deploy(work);
    await send(url, 'what?');
    await send(url, { id: 'o-1', customer: 'c1', region: 'mars', total: 1 });
    await send(url, order('o-2'));
    await call();
    expect(done).toEqual(['o-2']);
    const said = await reasons(deadLetters);
    expect(said).toEqual([expect.stringMatching(/^not JSON/), expect.stringMatching(/^no order: region/)]);
  });
});

describe('a FIFO queue with a function', () => {
  const deploy = async (work: Work, visibilitySeconds = 1, maxReceiveCount = 2) => {
    const queue = await createQueue(account, { fifo: true, visibilitySeconds, maxReceiveCount });
    const lambda = createQueueLambda(handleFifo(work), {
      logger: silent,
      fifo: true,
      deadLetters: { sqs: account.sqs, queueUrl: queue.deadLetters },
    });
    return {
      ...queue,
      call: () => callOnce(account, queue.url, lambda),
      put: (id: string, customer: string) =>
        send(queue.url, order(id, customer), { MessageGroupId: customer, MessageDeduplicationId: id }),
    };
  };

  it('does the orders of each customer in their order, and holds up nobody else by a failure', async () => {
    const { work, done } = worker({ a2: 1 });
    const { call, put } = await deploy(work);
    for (const id of ['a1', 'b1', 'a2', 'b2', 'a3', 'b3']) await put(id, id.charAt(0));
    await call();
    expect(done.filter((id) => id.startsWith('b'))).toEqual(['b1', 'b2', 'b3']);
    expect(done.filter((id) => id.startsWith('a'))).toEqual(['a1']);
    // The group waits until its message is seen again.
    expect(await call()).toBe(0);
    await delay(1_100);
    await call();
    expect(done.filter((id) => id.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
  });

  it('by one that cannot be done holds up its group for all its attempts, and then goes on without it', async () => {
    const { work, done, attempts } = worker({ a1: 99 });
    const { call, put, deadLetters } = await deploy(work, 1, 2);
    await put('a1', 'a');
    await call();
    await put('a2', 'a');
    expect(await call()).toBe(0);
    await delay(1_100);
    await call();
    expect(done).toEqual([]);
    await delay(1_100);
    await call();
    expect(attempts['a1']).toBe(2);
    expect(done).toEqual(['a2']);
    expect(await drain(account, deadLetters)).toHaveLength(1);
  });

  it('by one that is no order holds up nobody', async () => {
    const { work, done } = worker();
    const { call, put, url, deadLetters } = await deploy(work);
    await put('a1', 'a');
    await send(url, 'what?', { MessageGroupId: 'a' });
    await put('a2', 'a');
    await call();
    expect(done).toEqual(['a1', 'a2']);
    expect(await reasons(deadLetters)).toEqual([expect.stringMatching(/^not JSON/)]);
  });

  it('does an order once that is sent twice within five minutes', async () => {
    const { work, done } = worker();
    const { call, put } = await deploy(work);
    await put('a1', 'a');
    await put('a1', 'a');
    await call();
    await put('a1', 'a');
    await call();
    expect(done).toEqual(['a1']);
  });
});

describe.each([
  ['queue-function', 30, { ScalingConfig: { MaximumConcurrency: 10 } }],
  ['fifo-function', 10, {}],
] as const)('what %s deploys', (name, seconds, scaling) => {
  const model = modelOfExample(name);
  const only = (type: string) => model.resources.filter((one) => one.type === type);
  const [queue] = only('AWS::SQS::Queue').filter(({ properties }) => 'RedrivePolicy' in properties);

  it('reports each message by itself, and hides what is worked on for six times as long as it may take', () => {
    const [source] = only('AWS::Lambda::EventSourceMapping');
    expect(source!.properties).toMatchObject({
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BatchSize: 10,
      ...scaling,
    });
    expect(only('AWS::Lambda::Function')[0]!.properties['Timeout']).toBe(seconds);
    expect(queue!.properties['VisibilityTimeout']).toBe(6 * seconds);
  });

  it('keeps dead letters for longer than messages, and has alarms for both', () => {
    const [dead] = model.references(queue!, 'RedrivePolicy');
    expect(Number(dead!.properties['MessageRetentionPeriod'])).toBeGreaterThan(
      Number(queue!.properties['MessageRetentionPeriod']),
    );
    expect(only('AWS::CloudWatch::Alarm')).toHaveLength(2);
  });

  it('is of one kind with its dead letters', () => {
    const isFifo = name === 'fifo-function' ? true : undefined;
    for (const one of only('AWS::SQS::Queue')) expect(one.properties['FifoQueue']).toBe(isFifo);
  });
});

it('a queue is not read one call at a time: that is refused with what to take', () => {
  const stack = exampleStack(testApp(), 'odd', '');
  const entry = new URL('../../architectures/queue-function/handler.ts', import.meta.url);
  expect(
    () =>
      new QueueFunction(stack, 'one', { entry, timeoutSeconds: 1, maxConcurrency: 1, lateAfterSeconds: 1 }),
  ).toThrow('take fifo-function');
});
