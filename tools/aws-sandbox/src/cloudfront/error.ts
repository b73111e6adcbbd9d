import { AwsError } from '../http/aws-error.ts';
import type { Reply } from '../http/reply.ts';
import { document } from '../http/xml.ts';
import { CLOUDFRONT_NAMESPACE } from './version.ts';

/** https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_UpdateDistribution.html#API_UpdateDistribution_Errors */
export const cloudFrontError = {
  malformed: (reason: string) => new AwsError(400, 'MalformedInput', reason),
  bodyMissing: () =>
    new AwsError(400, 'MissingBody', 'This operation requires a body. Ensure that the body is present.'),
  invalid: (reason: string) => new AwsError(400, 'InvalidArgument', reason),
  quantity: (where: string) =>
    new AwsError(
      400,
      'InconsistentQuantities',
      `The value of Quantity and the size of Items don't match: ${where}`,
    ),
  geoRestriction: (reason: string) =>
    new AwsError(
      400,
      'InvalidGeoRestrictionParameter',
      `Your request contains invalid Restriction parameters. ${reason}`,
    ),
  noOrigin: (id: string) =>
    new AwsError(404, 'NoSuchOrigin', `No origin exists with the specified Origin Id: ${id}`),
  aliasTaken: (alias: string) =>
    new AwsError(
      409,
      'CNAMEAlreadyExists',
      `One or more of the CNAMEs you provided are already associated with a different resource: ${alias}`,
    ),
  tooManyAliases: () =>
    new AwsError(
      400,
      'TooManyDistributionCNAMEs',
      'Your request contains more CNAMEs than are allowed per distribution.',
    ),
  tooMany: () =>
    new AwsError(
      400,
      'TooManyDistributions',
      'Processing your request would cause you to exceed the maximum number of distributions allowed.',
    ),
  referenceTaken: (reference: string) =>
    new AwsError(
      409,
      'DistributionAlreadyExists',
      `The caller reference that you are using to create a distribution is associated with another distribution: ${reference}`,
    ),
  absent: () => new AwsError(404, 'NoSuchDistribution', 'The specified distribution does not exist.'),
  versionMissing: () =>
    new AwsError(
      400,
      'InvalidIfMatchVersion',
      'The If-Match version is missing or not valid for the resource.',
    ),
  stale: () =>
    new AwsError(
      412,
      'PreconditionFailed',
      "The request failed because it didn't meet the preconditions in one or more request-header fields.",
    ),
  batchTooLarge: () => new AwsError(413, 'BatchTooLarge', 'Invalidation batch specified is too large.'),
  invalidPath: (path: string) =>
    new AwsError(
      400,
      'InvalidArgument',
      `Your request contains one or more invalid invalidation paths: ${path.slice(0, 300)}`,
    ),
  noCacheTags: () =>
    new AwsError(
      400,
      'InvalidArgument',
      'Your request invalidates by cache tag, but the distribution has no CacheTagConfig.',
    ),
  invalidationReferenceTaken: () =>
    new AwsError(
      400,
      'InvalidArgument',
      'Your request contains a caller reference that was used for a previous invalidation batch for the same distribution.',
    ),
  tooManyInProgress: () =>
    new AwsError(
      400,
      'TooManyInvalidationsInProgress',
      'Processing your request will cause you to exceed the maximum number of in-progress wildcard invalidations or invalidation objects.',
    ),
  noInvalidation: () => new AwsError(404, 'NoSuchInvalidation', 'The specified invalidation does not exist.'),
  illegalUpdate: (reason: string) => new AwsError(400, 'IllegalUpdate', reason),
  enabled: () =>
    new AwsError(
      409,
      'DistributionNotDisabled',
      'The distribution you are trying to delete has not been disabled.',
    ),
};

export function cloudFrontErrorReply(error: AwsError, requestId: string): Reply {
  return {
    status: error.status,
    headers: { 'content-type': 'text/xml' },
    body: document('ErrorResponse', {
      '@_xmlns': CLOUDFRONT_NAMESPACE,
      Error: {
        Type: error.status < 500 ? 'Sender' : 'Receiver',
        Code: error.code,
        Message: error.message,
      },
      RequestId: requestId,
    }),
  };
}
