import { AwsError, notImplemented } from '../http/aws-error.ts';
import type { Reply } from '../http/reply.ts';
import { document } from '../http/xml.ts';
import type { Fauxqs } from './fauxqs.ts';

const ACTIONS = new Set([
  'CreateTopic',
  'DeleteTopic',
  'ListTopics',
  'GetTopicAttributes',
  'SetTopicAttributes',
  'Subscribe',
  'Unsubscribe',
  'ConfirmSubscription',
  'ListSubscriptions',
  'ListSubscriptionsByTopic',
  'GetSubscriptionAttributes',
  'SetSubscriptionAttributes',
  'Publish',
  'PublishBatch',
  'TagResource',
  'UntagResource',
  'ListTagsForResource',
  'GetCallerIdentity',
]);

/** The SNS API, query protocol; and STS GetCallerIdentity, which shares it. */
export class SnsService {
  readonly #fauxqs: Fauxqs;

  constructor(fauxqs: Fauxqs) {
    this.#fauxqs = fauxqs;
  }

  async call(action: string, payload: string, authorization: string | undefined): Promise<Reply> {
    if (!ACTIONS.has(action)) throw notImplemented(action);
    const response = await this.#fauxqs.app.inject({
      method: 'POST',
      url: '/',
      headers: {
        host: 'sandbox',
        'content-type': 'application/x-www-form-urlencoded',
        ...(authorization === undefined ? {} : { authorization }),
      },
      payload,
    });
    return { status: response.statusCode, headers: { 'content-type': 'text/xml' }, body: response.payload };
  }

  describe(arn: string): { fifo: boolean } | undefined {
    const topic = this.#fauxqs.topics.getTopic(arn);
    return topic === undefined ? undefined : { fifo: topic.attributes['FifoTopic'] === 'true' };
  }
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
