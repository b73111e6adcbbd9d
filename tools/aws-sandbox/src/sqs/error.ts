import { AwsError } from '../http/aws-error.ts';
import type { Reply } from '../http/reply.ts';

export const SQS_CONTENT_TYPE = 'application/x-amz-json-1.0';

/** Errors whose name in the old query protocol, which SDKs still show, has a prefix or is another. */
const QUERY_NAMES: Readonly<Record<string, string>> = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  QueueNameExists: 'QueueAlreadyExists',
  ...Object.fromEntries(
    [
      'BatchEntryIdsNotDistinct',
      'BatchRequestTooLong',
      'EmptyBatchRequest',
      'InvalidBatchEntryId',
      'MessageNotInflight',
      'PurgeQueueInProgress',
      'TooManyEntriesInBatchRequest',
      'UnsupportedOperation',
    ].map((name) => [name, `AWS.SimpleQueueService.${name}`]),
  ),
};

export function sqsError(code: string, message: string): AwsError {
  return new AwsError(400, code, message);
}

/** What the query protocol calls an error. */
export function queryName(code: string): string {
  return QUERY_NAMES[code] ?? code;
}

export function sqsErrorReply(error: AwsError): Reply {
  const fault = error.status < 500 ? 'Sender' : 'Receiver';
  return {
    status: error.status,
    headers: {
      'content-type': SQS_CONTENT_TYPE,
      'x-amzn-query-error': `${queryName(error.code)};${fault}`,
    },
    body: JSON.stringify({ __type: `com.amazonaws.sqs#${error.code}`, message: error.message }),
  };
}
