import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type Message,
  type MessageAttributeValue,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** SQS takes at most ten entries per batch call. */
export const BATCH = 10;

export interface QueueFacts {
  visibilitySeconds: number;
  deadLetter?: { url: string; maxReceiveCount: number };
}

/** The few SQS calls a consumer makes, each with its partial failures brought to light. */
export class QueueClient {
  readonly url: string;
  readonly fifo: boolean;
  readonly #sqs: SQSClient;

  constructor(sqs: SQSClient, url: string) {
    this.#sqs = sqs;
    this.url = url;
    this.fifo = url.endsWith('.fifo');
  }

  /** The queue's own settings: nothing about it is configured twice. */
  async facts(): Promise<QueueFacts> {
    const { Attributes: attributes = {} } = await this.#sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.url,
        AttributeNames: ['VisibilityTimeout', 'RedrivePolicy'],
      }),
    );
    const facts: QueueFacts = { visibilitySeconds: Number(attributes['VisibilityTimeout'] ?? 30) };
    if (attributes['RedrivePolicy'] === undefined) return facts;
    const policy = JSON.parse(attributes['RedrivePolicy']) as {
      deadLetterTargetArn: string;
      maxReceiveCount: number | string;
    };
    const [, , , , account, name] = policy.deadLetterTargetArn.split(':');
    const { QueueUrl } = await this.#sqs.send(
      new GetQueueUrlCommand({ QueueName: name, QueueOwnerAWSAccountId: account }),
    );
    if (QueueUrl === undefined)
      throw new Error(`The dead-letter queue ${policy.deadLetterTargetArn} does not exist`);
    return { ...facts, deadLetter: { url: QueueUrl, maxReceiveCount: Number(policy.maxReceiveCount) } };
  }

  async receive(
    max: number,
    visibilitySeconds: number,
    waitSeconds: number,
    signal: AbortSignal,
  ): Promise<Message[]> {
    const { Messages } = await this.#sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.url,
        MaxNumberOfMessages: Math.min(BATCH, max),
        VisibilityTimeout: visibilitySeconds,
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
      { abortSignal: signal },
    );
    return Messages ?? [];
  }

  /** Returns the receipt handles that could not be deleted. At most ten at a time. */
  async delete(handles: readonly string[]): Promise<string[]> {
    const result = await this.#sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: this.url,
        Entries: handles.map((ReceiptHandle, i) => ({ Id: String(i), ReceiptHandle })),
      }),
    );
    return failedHandles(result.Failed, handles);
  }

  /** Returns the receipt handles that could not be changed. Any number. */
  async changeVisibility(handles: readonly string[], seconds: number): Promise<string[]> {
    const failed: string[] = [];
    for (let i = 0; i < handles.length; i += BATCH) {
      const chunk = handles.slice(i, i + BATCH);
      const result = await this.#sqs.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl: this.url,
          Entries: chunk.map((ReceiptHandle, n) => ({
            Id: String(n),
            ReceiptHandle,
            VisibilityTimeout: seconds,
          })),
        }),
      );
      failed.push(...failedHandles(result.Failed, chunk));
    }
    return failed;
  }

  async sendTo(
    url: string,
    message: Message,
    attributes: Record<string, MessageAttributeValue>,
  ): Promise<void> {
    const groupId = url.endsWith('.fifo') ? message.Attributes?.MessageGroupId : undefined;
    await this.#sqs.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: message.Body,
        MessageAttributes: attributes,
        // The id of the message, so that a repeated send within five minutes is one.
        ...(groupId === undefined
          ? {}
          : { MessageGroupId: groupId, MessageDeduplicationId: message.MessageId }),
      }),
    );
  }
}

function failedHandles(
  failed: { Id?: string | undefined }[] | undefined,
  handles: readonly string[],
): string[] {
  return (failed ?? []).flatMap((entry) => handles[Number(entry.Id)] ?? []);
}
