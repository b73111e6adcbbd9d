import { AwsError } from '../http/aws-error.ts';
import type { Reply } from '../http/reply.ts';

export const LOGS_CONTENT_TYPE = 'application/x-amz-json-1.1';

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html#API_GetLogEvents_Errors */
export const logsError = {
  absent: (what: 'log group' | 'log stream') =>
    new AwsError(400, 'ResourceNotFoundException', `The specified ${what} does not exist.`),
  invalid: (reason: string) => new AwsError(400, 'InvalidParameterException', reason),
};

export function logsErrorReply(error: AwsError): Reply {
  const code = error.code === 'InternalError' ? 'ServiceUnavailableException' : error.code;
  return {
    status: error.status,
    headers: { 'content-type': LOGS_CONTENT_TYPE },
    body: JSON.stringify({ __type: code, message: error.message }),
  };
}
