import { AwsError } from '../http/aws-error.ts';
import type { Reply } from '../http/reply.ts';

/** Batch has two errors of its own. https://docs.aws.amazon.com/batch/latest/APIReference/CommonErrors.html */
export const batchError = {
  client: (reason: string) =>
    new AwsError(400, 'ClientException', `Error executing request, Exception : ${reason}`),
  throttled: () => new AwsError(429, 'TooManyRequestsException', 'Too Many Requests'),
};

/** restJson1: the error's name is in a header. What went wrong in the sandbox itself is Batch's ServerException. */
export function batchErrorReply(error: AwsError): Reply {
  const code = error.code === 'InternalError' ? 'ServerException' : error.code;
  return {
    status: error.status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': code },
    body: JSON.stringify({ message: error.message }),
  };
}
