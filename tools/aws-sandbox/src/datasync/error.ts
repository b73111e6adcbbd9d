import { AwsError } from '../http/aws-error.ts';
import type { Reply } from '../http/reply.ts';

export const DATASYNC_CONTENT_TYPE = 'application/x-amz-json-1.1';

/** The one error of its own that DataSync has for what it does not take. */
export const invalidRequest = (message: string): AwsError =>
  new AwsError(400, 'InvalidRequestException', message);

/** https://docs.aws.amazon.com/datasync/latest/userguide/API_StartTaskExecution.html#API_StartTaskExecution_Errors */
export function dataSyncErrorReply(error: AwsError): Reply {
  const code = error.code === 'InternalError' ? 'InternalException' : error.code;
  return {
    status: error.status,
    headers: { 'content-type': DATASYNC_CONTENT_TYPE },
    body: JSON.stringify({ __type: code, message: error.message }),
  };
}
