import { AwsError, notImplemented } from '../http/aws-error.ts';
import type { Reply } from '../http/reply.ts';
import { SQS_CONTENT_TYPE, sqsError } from './error.ts';
import { md5, md5OfAttributes, sizeOf, type Attributes } from './message.ts';
import { sequenceNumber } from './fifo.ts';
import type { Messages } from './messages.ts';
import { renderTask, type MoveTasks } from './move-tasks.ts';
import { ACCOUNT, arnOf, isFifo, type Queue, type Queues } from './queues.ts';
import { renderMessage } from './received.ts';

type Body = Record<string, unknown>;

const MAX_BATCH = 10;
/** Queues on one page. */
const MAX_LISTED = 1_000;
const MAX_BATCH_BYTES = 1_048_576;
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html */
const MAX_MOVED_PER_SECOND = 500;

interface Entry extends Body {
  Id: string;
}

/** The SQS API over HTTP, JSON protocol. */
export class SqsService {
  readonly #queues: Queues;
  readonly #messages: Messages;
  readonly #moveTasks: MoveTasks;

  constructor(queues: Queues, messages: Messages, moveTasks: MoveTasks) {
    this.#queues = queues;
    this.#messages = messages;
    this.#moveTasks = moveTasks;
  }

  /** `host` becomes part of queue URLs; `gone` aborts when the client has left. */
  async call(action: string, json: string, host: string, gone: AbortSignal): Promise<Reply> {
    const body = (json === '' ? {} : JSON.parse(json)) as Body;
    const result = await this.#run(action, body, host, gone);
    return { status: 200, headers: { 'content-type': SQS_CONTENT_TYPE }, body: JSON.stringify(result) };
  }

  #run(action: string, body: Body, host: string, gone: AbortSignal): object | Promise<object> {
    const urlOf = (name: string) => `http://${host}/${ACCOUNT}/${name}`;
    switch (action) {
      case 'CreateQueue': {
        const attributes = (body['Attributes'] ?? {}) as Record<string, string>;
        const queue = this.#queues.create(
          text(body, 'QueueName'),
          attributes,
          (body['tags'] ?? {}) as Record<string, string>,
        );
        return { QueueUrl: urlOf(queue.name) };
      }
      case 'GetQueueUrl':
        return { QueueUrl: urlOf(this.#queues.get(text(body, 'QueueName')).name) };
      case 'ListQueues':
        return this.#list(body, urlOf);
      case 'StartMessageMoveTask':
        return { TaskHandle: this.#startMove(body) };
      case 'ListMessageMoveTasks': {
        const max = within(body, 'MaxResults', 1, 1, 10);
        return { Results: this.#moveTasks.list(text(body, 'SourceArn'), max).map(renderTask) };
      }
      case 'CancelMessageMoveTask':
        return { ApproximateNumberOfMessagesMoved: this.#moveTasks.cancel(text(body, 'TaskHandle')) };
      default:
        return this.#onQueue(action, this.#queueOf(body), body, gone);
    }
  }

  #onQueue(action: string, queue: Queue, body: Body, gone: AbortSignal): object | Promise<object> {
    const { name } = queue;
    switch (action) {
      case 'GetQueueAttributes':
        return this.#attributes(queue, (body['AttributeNames'] ?? []) as string[]);
      case 'SetQueueAttributes':
        this.#queues.setAttributes(name, (body['Attributes'] ?? {}) as Record<string, string>);
        return {};
      case 'ListQueueTags':
        return { Tags: queue.tags };
      case 'TagQueue':
        this.#queues.setTags(name, { ...queue.tags, ...(body['Tags'] as Record<string, string>) });
        return {};
      case 'UntagQueue': {
        const keys = body['TagKeys'] as string[];
        this.#queues.setTags(
          name,
          Object.fromEntries(Object.entries(queue.tags).filter(([key]) => !keys.includes(key))),
        );
        return {};
      }
      case 'DeleteQueue':
        this.#queues.delete(name);
        return {};
      case 'PurgeQueue':
        this.#messages.purge(name);
        return {};
      case 'SendMessage':
        return this.#send(queue, body);
      case 'SendMessageBatch':
        checkBatchBytes(body);
        return batch(body, (entry) => this.#send(queue, entry));
      case 'ReceiveMessage':
        return this.#receive(queue, body, gone);
      case 'DeleteMessage':
        this.#messages.remove(name, text(body, 'ReceiptHandle'));
        return {};
      case 'DeleteMessageBatch':
        return batch(body, (entry) => {
          this.#messages.remove(name, text(entry, 'ReceiptHandle'));
          return {};
        });
      case 'ChangeMessageVisibility':
        this.#messages.changeVisibility(name, text(body, 'ReceiptHandle'), Number(body['VisibilityTimeout']));
        return {};
      case 'ChangeMessageVisibilityBatch':
        return batch(body, (entry) => {
          this.#messages.changeVisibility(
            name,
            text(entry, 'ReceiptHandle'),
            Number(entry['VisibilityTimeout'] ?? 0),
          );
          return {};
        });
      default:
        throw notImplemented(action);
    }
  }

  #list(body: Body, urlOf: (name: string) => string): object {
    const max = within(body, 'MaxResults', MAX_LISTED, 1, MAX_LISTED);
    const after = Buffer.from(text(body, 'NextToken'), 'base64').toString();
    const names = this.#queues.names(text(body, 'QueueNamePrefix')).filter((name) => name > after);
    const page = names.slice(0, max);
    // As SQS documents, a NextToken comes only when MaxResults was set.
    const more = names.length > page.length && body['MaxResults'] !== undefined;
    return {
      QueueUrls: page.map(urlOf),
      ...(more ? { NextToken: Buffer.from(page.at(-1) ?? '').toString('base64') } : {}),
    };
  }

  #startMove(body: Body): string {
    const rate = 'MaxNumberOfMessagesPerSecond';
    return this.#moveTasks.start(
      text(body, 'SourceArn'),
      body['DestinationArn'] === undefined ? undefined : text(body, 'DestinationArn'),
      body[rate] === undefined ? undefined : within(body, rate, 0, 1, MAX_MOVED_PER_SECOND),
    );
  }

  /** The name at the end of the URL is what counts: the host differs between containers. */
  #queueOf(body: Body): Queue {
    return this.#queues.get(text(body, 'QueueUrl').split('/').at(-1) ?? '');
  }

  #attributes(queue: Queue, names: readonly string[]): object {
    const { visible, inFlight, delayed } = this.#messages.counts(queue.name);
    const all: Record<string, string> = {
      ...queue.attributes,
      QueueArn: arnOf(queue.name),
      ApproximateNumberOfMessages: String(visible),
      ApproximateNumberOfMessagesNotVisible: String(inFlight),
      ApproximateNumberOfMessagesDelayed: String(delayed),
      CreatedTimestamp: String(Math.floor(queue.created / 1000)),
      LastModifiedTimestamp: String(Math.floor(queue.modified / 1000)),
    };
    const wanted = names.includes('All') ? Object.keys(all) : names;
    return {
      Attributes: Object.fromEntries(
        wanted.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])),
      ),
    };
  }

  #send(queue: Queue, body: Body): object {
    const content = text(body, 'MessageBody');
    const attributes = (body['MessageAttributes'] ?? {}) as Attributes;
    const { messageId, seq } = this.#messages.send(queue.name, content, attributes, {
      delaySeconds: body['DelaySeconds'] as number | undefined,
      groupId: body['MessageGroupId'] as string | undefined,
      deduplicationId: body['MessageDeduplicationId'] as string | undefined,
    });
    const md5Attributes = md5OfAttributes(attributes);
    return {
      MessageId: messageId,
      MD5OfMessageBody: md5(content),
      ...(md5Attributes === undefined ? {} : { MD5OfMessageAttributes: md5Attributes }),
      ...(isFifo(queue) ? { SequenceNumber: sequenceNumber(seq) } : {}),
    };
  }

  async #receive(queue: Queue, body: Body, gone: AbortSignal): Promise<object> {
    const max = within(body, 'MaxNumberOfMessages', 1, 1, 10);
    const visibility =
      body['VisibilityTimeout'] === undefined ? undefined : within(body, 'VisibilityTimeout', 0, 0, 43_200);
    const waitSeconds = within(
      body,
      'WaitTimeSeconds',
      Number(queue.attributes['ReceiveMessageWaitTimeSeconds']),
      0,
      20,
    );
    const deadline = Date.now() + waitSeconds * 1000;
    for (;;) {
      // A client that has left must not swallow a message until its visibility timeout.
      if (gone.aborted) return {};
      const messages = this.#messages.receive(queue.name, max, visibility);
      if (messages.length > 0) {
        const system = [
          ...((body['AttributeNames'] ?? []) as string[]),
          ...((body['MessageSystemAttributeNames'] ?? []) as string[]),
        ];
        const names = (body['MessageAttributeNames'] ?? []) as string[];
        return { Messages: messages.map((message) => renderMessage(message, system, names)) };
      }
      if (Date.now() >= deadline) return {};
      await this.#change(queue.name, deadline, gone);
    }
  }

  /** Until something happens in the queue, a hidden message comes up, the wait ends or the client leaves. */
  #change(name: string, deadline: number, gone: AbortSignal): Promise<void> {
    const until = Math.min(deadline, this.#messages.nextVisible(name) ?? deadline);
    return new Promise((resolve) => {
      const event = `change:${name}`;
      const done = (): void => {
        clearTimeout(timer);
        this.#messages.off(event, done);
        gone.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(1, until - Date.now()));
      this.#messages.once(event, done);
      gone.addEventListener('abort', done, { once: true });
    });
  }
}

/** A member that is a string, or the empty string. */
function text(body: Body, name: string): string {
  const value = body[name];
  return typeof value === 'string' ? value : '';
}

function within(body: Body, name: string, fallback: number, min: number, max: number): number {
  const value = Number(body[name] ?? fallback);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw sqsError(
    'InvalidParameterValue',
    `Value ${value} for parameter ${name} is invalid. Reason: Must be between ${min} and ${max}, if provided.`,
  );
}

/** Does each entry on its own: some may fail, the others hold. */
function batch(body: Body, one: (entry: Entry) => object): object {
  const entries = (body['Entries'] ?? []) as Entry[];
  if (entries.length === 0) throw sqsError('EmptyBatchRequest', "The request doesn't contain any entries.");
  if (entries.length > MAX_BATCH) {
    throw sqsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${MAX_BATCH}. You have sent ${entries.length}.`,
    );
  }
  if (new Set(entries.map((entry) => entry.Id)).size < entries.length) {
    throw sqsError('BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.');
  }
  const invalid = entries.find((entry) => !/^[\w-]{1,80}$/.test(entry.Id));
  if (invalid !== undefined) {
    throw sqsError(
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
    );
  }
  const successful: object[] = [];
  const failed: object[] = [];
  for (const entry of entries) {
    try {
      successful.push({ Id: entry.Id, ...one(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      failed.push({ Id: entry.Id, SenderFault: true, Code: error.code, Message: error.message });
    }
  }
  return { Successful: successful, Failed: failed };
}

function checkBatchBytes(body: Body): void {
  const bytes = ((body['Entries'] ?? []) as Entry[]).reduce(
    (sum, entry) =>
      sum + sizeOf(text(entry, 'MessageBody'), (entry['MessageAttributes'] ?? {}) as Attributes),
    0,
  );
  if (bytes > MAX_BATCH_BYTES) {
    throw sqsError(
      'BatchRequestTooLong',
      `Batch requests cannot be longer than ${MAX_BATCH_BYTES} bytes. You have sent ${bytes} bytes.`,
    );
  }
}
