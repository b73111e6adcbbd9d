import { AwsError } from '../http/aws-error.ts';
import type { Reply } from '../http/reply.ts';
import { document } from '../http/xml.ts';

/** https://docs.aws.amazon.com/autoscaling/ec2/APIReference/CommonErrors.html */
export const autoScalingError = {
  invalid: (reason: string) => new AwsError(400, 'ValidationError', reason),
  noGroup: (name: string) =>
    new AwsError(
      400,
      'ValidationError',
      `AutoScalingGroup name not found - AutoScalingGroup ${name} not found`,
    ),
  noInstance: (id: string) =>
    new AwsError(
      400,
      'ValidationError',
      `Instance Id not found - No managed instance found for instance ID: ${id}`,
    ),
  alreadyExists: (name: string) =>
    new AwsError(
      400,
      'AlreadyExists',
      `AutoScalingGroup by this name already exists - A group with the name ${name} already exists`,
    ),
  inUse: (reason: string) => new AwsError(400, 'ResourceInUse', reason),
  limit: (reason: string) => new AwsError(400, 'LimitExceeded', reason),
  badToken: () => new AwsError(400, 'InvalidNextToken', 'The NextToken value is not valid.'),
  throttled: () => new AwsError(400, 'Throttling', 'Rate exceeded'),
};

export function autoScalingErrorReply(error: AwsError, requestId: string): Reply {
  return {
    status: error.status,
    headers: { 'content-type': 'text/xml' },
    body: document('ErrorResponse', {
      '@_xmlns': 'http://autoscaling.amazonaws.com/doc/2011-01-01/',
      Error: {
        Type: error.status < 500 ? 'Sender' : 'Receiver',
        Code: error.code,
        Message: error.message,
      },
      RequestId: requestId,
    }),
  };
}
