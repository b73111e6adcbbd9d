import type { Context, SNSEvent, SQSMessageAttributes, SQSRecord } from 'aws-lambda';

/** Of a context only the clock is used. */
export const context = (leftMs = 60_000): Context =>
  ({ getRemainingTimeInMillis: () => leftMs, functionName: 'test' }) as Context;

export function sqsRecord(
  id: string,
  given: { group?: string; attributes?: SQSMessageAttributes; receiveCount?: number } = {},
): SQSRecord {
  return {
    messageId: id,
    receiptHandle: `handle of ${id}`,
    body: `body of ${id}`,
    attributes: {
      ApproximateReceiveCount: String(given.receiveCount ?? 1),
      SentTimestamp: '1700000000000',
      SenderId: 'sender',
      ApproximateFirstReceiveTimestamp: '1700000000001',
      ...(given.group === undefined
        ? {}
        : { MessageGroupId: given.group, MessageDeduplicationId: `id of ${id}` }),
    },
    messageAttributes: given.attributes ?? {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:work',
    awsRegion: 'us-east-1',
  };
}

export const failures = (...ids: string[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

export function snsEvent(messages: readonly string[]): SNSEvent {
  return {
    Records: messages.map((Message, i) => ({
      EventVersion: '1.0',
      EventSubscriptionArn: 'arn:aws:sns:us-east-1:000000000000:topic:subscription',
      EventSource: 'aws:sns',
      Sns: {
        MessageId: `sns-${i}`,
        Message,
        MessageAttributes: { requestId: { Type: 'String', Value: 'r-1' } },
        Timestamp: '2026-01-01T00:00:00.000Z',
        Subject: '',
        TopicArn: 'arn:aws:sns:us-east-1:000000000000:topic',
        Type: 'Notification',
        Signature: '',
        SignatureVersion: '1',
        SigningCertUrl: '',
        UnsubscribeUrl: '',
      },
    })),
  };
}
