import type { SQSClient } from '@aws-sdk/client-sqs';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createSender, NotEverywhere, type Destination } from '../../architectures/send-to-queues/handler.ts';
import type { Json } from '../../model.ts';
import { modelOfExample } from '../stage.ts';
import { createQueue, drain, order, useAccount } from './messages.ts';

const account = useAccount();
const NAMES = ['billing', 'stock', 'mail', 'search', 'statistics'];

let queues: Destination[];
beforeEach(async () => {
  queues = await Promise.all(
    NAMES.map(async (name, i) => ({ name, url: (await createQueue(account, { name, fifo: i < 2 })).url })),
  );
});

/** What is in each queue: ids of orders, in the order of their arrival. */
async function contents(): Promise<Record<string, string[]>> {
  const all = await Promise.all(
    queues.map(async ({ name, url }): Promise<[string, string[]]> => {
      const messages = await drain(account, url);
      return [name, messages.map(({ MessageAttributes: of }) => of!['orderId']!.StringValue!)];
    }),
  );
  return Object.fromEntries(all);
}
const everywhere = (...ids: string[]) => Object.fromEntries(NAMES.map((name) => [name, ids]));

/** Nobody answers for one queue, until it is mended. */
function breakQueue(which: string): () => void {
  const { url } = queues.find(({ name }) => name === which)!;
  let isBroken = true;
  account.sqs.middlewareStack.add(
    (next) => async (args) => {
      if (isBroken && (args.input as { QueueUrl?: string }).QueueUrl === url)
        throw new Error('no such queue');
      return next(args);
    },
    { step: 'initialize', name: 'breakQueue', override: true },
  );
  onTestFinished(() => void account.sqs.middlewareStack.remove('breakQueue'));
  return () => {
    isBroken = false;
  };
}

/** SQS takes a call, and refuses some of its entries. */
function refuse(sqs: SQSClient, refused: (body: string) => boolean, SenderFault: boolean): void {
  sqs.middlewareStack.add(
    (next) => async (args) => {
      const input = args.input as { Entries?: { Id: string; MessageBody: string }[] };
      if (input.Entries === undefined) return next(args);
      const bad = new Set(input.Entries.filter(({ MessageBody }) => refused(MessageBody)));
      const Failed = [...bad].map(({ Id }) => ({ Id, SenderFault, Code: 'Refused', Message: 'not now' }));
      const Entries = input.Entries.filter((one) => !bad.has(one));
      if (Entries.length === 0) return { output: { Failed, $metadata: {} }, response: {} };
      const answer = await next({ ...args, input: { ...input, Entries } as never });
      (answer.output as { Failed?: object[] }).Failed = Failed;
      return answer;
    },
    { step: 'initialize', name: 'refuse', override: true },
  );
  onTestFinished(() => void sqs.middlewareStack.remove('refuse'));
}

describe('the sender', () => {
  it('puts each order into each queue, in batches', async () => {
    const ids = Array.from({ length: 25 }, (_, i) => `o-${i}`);
    const calls = account.faults.add({ kind: 'latency', operation: 'sqs:SendMessageBatch', latencyMs: 0 });
    await createSender(account.sqs, queues)(ids.map((id, i) => order(id, `c${i}`)));
    // Of 25 customers, ten at a time.
    expect(calls.struck).toBe(3 * NAMES.length);
    const found = await contents();
    for (const name of NAMES) expect(found[name]!.toSorted()).toEqual(ids.toSorted());
  });

  it('keeps the orders of a customer in order where the queue does', async () => {
    await createSender(account.sqs, queues)(['o-1', 'o-2', 'o-3'].map((id) => order(id)));
    const { billing, stock } = await contents();
    expect([billing, stock]).toEqual([
      ['o-1', 'o-2', 'o-3'],
      ['o-1', 'o-2', 'o-3'],
    ]);
  });

  it('reaches four when the third of five fails, and says what is missing and where', async () => {
    const mend = breakQueue('mail');
    const sent = createSender(account.sqs, queues)([order('o-1')]);
    await expect(sent).rejects.toThrow('o-1 not in mail (no such queue)');
    const error = (await sent.catch((one: unknown) => one)) as NotEverywhere;
    expect(error.gaps).toEqual([{ order: 'o-1', missed: [{ queue: 'mail', reason: 'no such queue' }] }]);
    mend();
    expect(await contents()).toEqual({ ...everywhere('o-1'), mail: [] });
  });

  it('closes the gap when the same is sent again: FIFO queues drop it, others have it twice, by the same id', async () => {
    const mend = breakQueue('mail');
    const send = createSender(account.sqs, queues);
    await expect(send([order('o-1')])).rejects.toBeInstanceOf(NotEverywhere);
    mend();
    await send([order('o-1')]);
    expect(await contents()).toEqual({
      billing: ['o-1'],
      stock: ['o-1'],
      mail: ['o-1'],
      search: ['o-1', 'o-1'],
      statistics: ['o-1', 'o-1'],
    });
  });

  it('repeats entries of a batch that SQS could not take just now, and only those', async () => {
    let left = 2 * NAMES.length;
    refuse(account.sqs, (body) => body.includes('"o-2"') && left-- > 0, false);
    await createSender(account.sqs, queues)(['o-1', 'o-2', 'o-3'].map((id) => order(id, id)));
    const found = await contents();
    for (const name of NAMES) expect(found[name]!.toSorted()).toEqual(['o-1', 'o-2', 'o-3']);
  });

  it('does not repeat what is refused for good, and sends the rest', async () => {
    refuse(account.sqs, (body) => body.includes('"o-2"'), true);
    const sent = createSender(account.sqs, queues)(['o-1', 'o-2', 'o-3'].map((id) => order(id, id)));
    const error = (await sent.catch((one: unknown) => one)) as NotEverywhere;
    expect(error.gaps.map((gap) => gap.order)).toEqual(['o-2']);
    expect(error.gaps[0]!.missed.map(({ queue }) => queue)).toEqual(NAMES);
    expect((await contents())['mail']!.toSorted()).toEqual(['o-1', 'o-3']);
  });

  it('has its message twice in a standard queue, and once in a FIFO queue, when the answer is lost', async () => {
    account.faults.add({ kind: 'lost-response', operation: 'sqs:SendMessageBatch', times: NAMES.length });
    await createSender(account.sqs, queues)([order('o-1')]);
    const { billing, stock, ...standard } = await contents();
    expect([billing, stock]).toEqual([['o-1'], ['o-1']]);
    expect(Object.values(standard)).toEqual([
      ['o-1', 'o-1'],
      ['o-1', 'o-1'],
      ['o-1', 'o-1'],
    ]);
  });
});

describe('what is deployed', () => {
  const model = modelOfExample('send-to-queues');
  const all = (type: string) => model.resources.filter((one) => one.type === type);

  it('tries an event thrice within the five minutes that a FIFO queue remembers, and then keeps it', () => {
    const [config] = all('AWS::Lambda::EventInvokeConfig');
    expect(config!.properties).toMatchObject({ MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 300 });
    expect(model.references(config!, 'DestinationConfig').map(({ path }) => path)).toEqual([
      'sent-orders/unsent/queue',
    ]);
  });

  it('lets the sender send to these queues, and do nothing else', () => {
    const statements = all('AWS::IAM::Policy').flatMap(
      (one) => (one.properties['PolicyDocument'] as { Statement: Record<string, Json>[] }).Statement,
    );
    const sending = statements.filter(({ Action }) => JSON.stringify(Action).includes('sqs:SendMessage'));
    const [policy] = all('AWS::IAM::Policy').filter((one) => JSON.stringify(one.properties).includes('sqs:'));
    const reached = sending.map(({ Resource = null }) =>
      model.within(policy!, Resource).map(({ path }) => path),
    );
    expect(new Set(reached.flat())).toEqual(
      new Set([...NAMES.map((name) => `sent-orders/${name}/queue`), 'sent-orders/unsent/queue']),
    );
    for (const { Action } of statements) expect(JSON.stringify(Action)).not.toContain('*');
  });

  it('has dead letters and alarms for each queue', () => {
    const queuesOf = (isFifo: boolean) =>
      all('AWS::SQS::Queue').filter(
        ({ properties }) =>
          properties['RedrivePolicy'] !== undefined && (properties['FifoQueue'] === true) === isFifo,
      );
    expect([queuesOf(true).length, queuesOf(false).length]).toEqual([2, 3]);
    expect(all('AWS::CloudWatch::Alarm')).toHaveLength(2 * NAMES.length + 1);
  });
});
