import type { IncomingMessage } from 'node:http';
import { AwsError } from '../http/aws-error.ts';
import type { Reply } from '../http/reply.ts';
import { document } from '../http/xml.ts';
import type { Fauxqs } from './fauxqs.ts';

const SQS_TYPE = 'application/x-amz-json-1.0';
const SNS_TYPE = 'application/x-www-form-urlencoded';
const ACCOUNT = '000000000000';

/** Passed through to fauxqs; everything else is NotImplemented. */
const SQS_ACTIONS = new Set([
  'CreateQueue', 'DeleteQueue', 'GetQueueUrl', 'ListQueues', 'GetQueueAttributes', 'SetQueueAttributes', 'PurgeQueue',
  'SendMessage', 'SendMessageBatch', 'ReceiveMessage', 'DeleteMessage', 'DeleteMessageBatch',
  'ChangeMessageVisibility', 'ChangeMessageVisibilityBatch', 'TagQueue', 'UntagQueue', 'ListQueueTags',
]);
const SNS_ACTIONS = new Set([
  'CreateTopic', 'DeleteTopic', 'ListTopics', 'GetTopicAttributes', 'SetTopicAttributes', 'Subscribe', 'Unsubscribe',
  'ConfirmSubscription', 'ListSubscriptions', 'ListSubscriptionsByTopic', 'GetSubscriptionAttributes',
  'SetSubscriptionAttributes', 'Publish', 'PublishBatch', 'TagResource', 'UntagResource', 'ListTagsForResource',
]);

interface SqsMessage {
  ReceiptHandle: string;
}

/** SQS and SNS, by way of fauxqs. */
export class QueueService {
  readonly #fauxqs: Fauxqs;

  constructor(fauxqs: Fauxqs) {
    this.#fauxqs = fauxqs;
  }

  async sqs(action: string, body: string, headers: IncomingMessage['headers'], gone: AbortSignal): Promise<Reply> {
    if (!SQS_ACTIONS.has(action)) throw new AwsError(501, 'NotImplemented', `The sandbox does not implement ${action}.`);
    if (action === 'ReceiveMessage') return this.#receive(body, headers, gone);
    return this.#inject(SQS_TYPE, body, { ...headers, 'x-amz-target': `AmazonSQS.${action}` });
  }

  sns(action: string, body: string, headers: IncomingMessage['headers']): Promise<Reply> {
    if (action !== 'GetCallerIdentity' && !SNS_ACTIONS.has(action)) {
      throw new AwsError(501, 'NotImplemented', `The sandbox does not implement ${action}.`);
    }
    return this.#inject(SNS_TYPE, body, headers);
  }

  /** For notifications: whether there is such a queue or topic. */
  describe(arn: string): { fifo: boolean } | undefined {
    if (arn.startsWith('arn:aws:sqs:')) {
      const queue = this.#fauxqs.queues.getQueueByArn(arn);
      return queue === undefined ? undefined : { fifo: queue.isFifo() };
    }
    const topic = this.#fauxqs.topics.getTopic(arn);
    return topic === undefined ? undefined : { fifo: topic.attributes['FifoTopic'] === 'true' };
  }

  /** Delivers to a queue or topic by ARN; a destination that is gone swallows the message, as in AWS. */
  async deliver(arn: string, message: string, options: { groupId?: string; deduplicationId?: string } = {}): Promise<void> {
    if (this.describe(arn) === undefined) return;
    const isQueue = arn.startsWith('arn:aws:sqs:');
    const name = arn.split(':').at(-1) ?? '';
    const reply = isQueue
      ? await this.#inject(
          SQS_TYPE,
          JSON.stringify({
            QueueUrl: `http://sandbox/${ACCOUNT}/${name}`,
            MessageBody: message,
            ...(options.groupId === undefined ? {} : { MessageGroupId: options.groupId }),
            ...(options.deduplicationId === undefined ? {} : { MessageDeduplicationId: options.deduplicationId }),
          }),
          { 'x-amz-target': 'AmazonSQS.SendMessage' },
        )
      : await this.#inject(
          SNS_TYPE,
          new URLSearchParams({ Action: 'Publish', TopicArn: arn, Message: message, Subject: 'Amazon S3 Notification' }).toString(),
          {},
        );
    if (reply.status >= 400) throw new Error(`${arn} answered ${reply.status}: ${String(reply.body)}`);
  }

  /**
   * A receive whose client has gone must not swallow messages until their
   * visibility timeout: what it got is given back at once.
   */
  async #receive(body: string, headers: IncomingMessage['headers'], gone: AbortSignal): Promise<Reply> {
    const reply = await this.#inject(SQS_TYPE, body, { ...headers, 'x-amz-target': 'AmazonSQS.ReceiveMessage' });
    if (!gone.aborted || reply.status !== 200) return reply;
    const { Messages = [] } = JSON.parse(String(reply.body)) as { Messages?: SqsMessage[] };
    const { QueueUrl } = JSON.parse(body) as { QueueUrl: string };
    for (const { ReceiptHandle } of Messages) {
      await this.#inject(SQS_TYPE, JSON.stringify({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }), {
        'x-amz-target': 'AmazonSQS.ChangeMessageVisibility',
      });
    }
    return reply;
  }

  async #inject(type: string, payload: string, headers: IncomingMessage['headers']): Promise<Reply> {
    const { 'content-length': _length, 'transfer-encoding': _encoding, connection: _connection, ...kept } = headers;
    const response = await this.#fauxqs.app.inject({
      method: 'POST',
      url: '/',
      headers: { host: 'sandbox', ...kept, 'content-type': type },
      payload,
    });
    const answered: Record<string, string> = {};
    for (const name of ['content-type', 'x-amzn-query-error']) {
      const value = response.headers[name];
      if (typeof value === 'string') answered[name] = value;
    }
    return { status: response.statusCode, headers: answered, body: response.payload };
  }
}

export function sqsErrorReply(error: AwsError): Reply {
  return {
    status: error.status,
    headers: { 'content-type': SQS_TYPE, 'x-amzn-query-error': `${error.code};${error.status < 500 ? 'Sender' : 'Receiver'}` },
    body: JSON.stringify({ __type: `com.amazonaws.sqs#${error.code}`, message: error.message }),
  };
}

export function snsErrorReply(error: AwsError, requestId: string): Reply {
  return {
    status: error.status,
    headers: { 'content-type': 'text/xml' },
    body: document('ErrorResponse', {
      '@_xmlns': 'http://sns.amazonaws.com/doc/2010-03-31/',
      Error: { Type: error.status < 500 ? 'Sender' : 'Receiver', Code: error.code, Message: error.message },
      RequestId: requestId,
    }),
  };
}
