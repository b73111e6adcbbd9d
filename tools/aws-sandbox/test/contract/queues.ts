import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type Message,
  type QueueAttributeName,
  type ReceiveMessageCommandInput,
  type SendMessageCommandInput,
} from '@aws-sdk/client-sqs';
import type { Aws } from './contract.ts';
import { defined, eventually, uniqueName } from './helpers.ts';

// S3, SNS and EventBridge deliver only into a queue whose policy lets them.
const openToServices = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: ['s3.amazonaws.com', 'sns.amazonaws.com', 'events.amazonaws.com'] },
      Action: 'sqs:SendMessage',
      Resource: '*',
    },
  ],
});

type Attributes = Partial<Record<QueueAttributeName, string>>;

/** Short words for what nearly every test does with a queue of its own. */
export class Queue {
  readonly url: string;
  readonly arn: string;
  readonly #aws: Aws;

  private constructor(aws: Aws, url: string, arn: string) {
    this.#aws = aws;
    this.url = url;
    this.arn = arn;
  }

  static async create(aws: Aws, Attributes: Attributes = {}, suffix = ''): Promise<Queue> {
    const { QueueUrl } = await aws.sqs.send(
      new CreateQueueCommand({
        QueueName: uniqueName('contract') + suffix,
        Attributes: { Policy: openToServices, ...Attributes },
      }),
    );
    const answer = await aws.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    );
    return new Queue(aws, defined(QueueUrl), defined(answer.Attributes?.['QueueArn']));
  }

  static createFifo(aws: Aws, attributes: Attributes = {}): Promise<Queue> {
    return Queue.create(aws, { FifoQueue: 'true', ...attributes }, '.fifo');
  }

  /** One that makes `dead` its dead-letter queue. */
  static createWithDeadLetters(aws: Aws, dead: Queue, maxReceiveCount: number): Promise<Queue> {
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount });
    return dead.url.endsWith('.fifo')
      ? Queue.createFifo(aws, { RedrivePolicy })
      : Queue.create(aws, { RedrivePolicy });
  }

  send(MessageBody: string, options: Partial<SendMessageCommandInput> = {}) {
    return this.#aws.sqs.send(new SendMessageCommand({ QueueUrl: this.url, MessageBody, ...options }));
  }

  /** How many messages can be received. */
  async count(): Promise<number> {
    const AttributeNames: QueueAttributeName[] = ['ApproximateNumberOfMessages'];
    const { Attributes } = await this.#aws.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.url, AttributeNames }),
    );
    return Number(Attributes?.['ApproximateNumberOfMessages']);
  }

  /** What one receive gives, at once unless told to wait. */
  async receive(options: Partial<ReceiveMessageCommandInput> = {}): Promise<Message[]> {
    const { Messages = [] } = await this.#aws.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.url,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 0,
        ...options,
      }),
    );
    return Messages;
  }

  async bodies(options: Partial<ReceiveMessageCommandInput> = {}): Promise<(string | undefined)[]> {
    return (await this.receive(options)).map((each) => each.Body);
  }

  async delete(message: Message): Promise<void> {
    const { ReceiptHandle } = message;
    await this.#aws.sqs.send(new DeleteMessageCommand({ QueueUrl: this.url, ReceiptHandle }));
  }

  /** The next message, waited for; it stays in flight. */
  async next(options: Partial<ReceiveMessageCommandInput> = {}): Promise<Message> {
    return eventually('a message', this.#aws.patience, async () => {
      const [message] = await this.receive({
        MaxNumberOfMessages: 1,
        WaitTimeSeconds: 1,
        ...options,
      });
      return message;
    });
  }

  /** Takes messages out of the queue until there are `count` of the kind `wanted`; in order of arrival. */
  async take<T>(count: number, wanted: (message: Message) => T | undefined): Promise<T[]> {
    const taken: T[] = [];
    await eventually(`${count} messages`, this.#aws.patience, async () => {
      for (const message of await this.receive({ WaitTimeSeconds: 1 })) {
        await this.delete(message);
        const value = wanted(message);
        if (value !== undefined) taken.push(value);
      }
      return taken.length >= count ? taken : undefined;
    });
    return taken;
  }

  takeBodies(count: number): Promise<string[]> {
    return this.take(count, (message) => message.Body);
  }
}
