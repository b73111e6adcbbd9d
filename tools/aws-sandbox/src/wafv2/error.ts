import { AwsError } from '../http/aws-error.ts';
import type { Reply } from '../http/reply.ts';

export const WAF_CONTENT_TYPE = 'application/x-amz-json-1.1';

/** https://docs.aws.amazon.com/waf/latest/APIReference/API_Operations.html: each operation lists its own. */
export const wafError = {
  absent: (what: string) =>
    new AwsError(
      400,
      'WAFNonexistentItemException',
      `AWS WAF couldn’t perform the operation because your resource doesn’t exist: ${what}`,
    ),
  duplicate: (what: string) =>
    new AwsError(
      400,
      'WAFDuplicateItemException',
      `AWS WAF couldn’t perform the operation because some resource in your request is a duplicate of an existing one: ${what}`,
    ),
  invalid: (field: string, value: unknown, reason: string) =>
    new AwsError(
      400,
      'WAFInvalidParameterException',
      `Error reason: ${reason}, field: ${field}, parameter: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
    ),
  stale: () =>
    new AwsError(
      400,
      'WAFOptimisticLockException',
      'AWS WAF couldn’t save your changes because someone changed the resource after you started to edit it. Reapply your changes.',
    ),
  limit: (what: string) =>
    new AwsError(
      400,
      'WAFLimitsExceededException',
      `AWS WAF couldn’t perform the operation because you exceeded your resource limit: ${what}`,
    ),
  inUse: (what: string) =>
    new AwsError(
      400,
      'WAFAssociatedItemException',
      `AWS WAF couldn’t perform the operation because your resource is being used by another resource: ${what}`,
    ),
};

export function wafErrorReply(error: AwsError): Reply {
  return {
    status: error.status,
    headers: { 'content-type': WAF_CONTENT_TYPE },
    body: JSON.stringify({ __type: error.code, message: error.message, Message: error.message }),
  };
}
