import { AwsError } from '../http/aws-error.ts';

/** Seven days. */
const MAX_EXPIRY_SECONDS = 604_800;

/**
 * A presigned request must be in time. Its signature is not verified: any key is
 * accepted here, as everywhere in the sandbox.
 */
export function checkPresigned(query: URLSearchParams, now: number): void {
  if (!query.has('X-Amz-Signature') && !query.has('X-Amz-Algorithm')) return;
  const missing = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Expires', 'X-Amz-SignedHeaders', 'X-Amz-Signature'].filter(
    (name) => !query.has(name),
  );
  if (missing.length > 0) {
    throw parameterError(
      `Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters. Missing: ${missing.join(', ')}`,
    );
  }
  const expires = Number(query.get('X-Amz-Expires'));
  if (!Number.isInteger(expires) || expires < 0) throw parameterError('X-Amz-Expires should be a number');
  if (expires > MAX_EXPIRY_SECONDS) {
    throw parameterError('X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds');
  }
  const signedAt = Date.parse(
    (query.get('X-Amz-Date') ?? '').replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'),
  );
  if (Number.isNaN(signedAt)) throw parameterError('X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd\'T\'HHmmss\'Z\'"');
  if (now > signedAt + expires * 1000) {
    throw new AwsError(403, 'AccessDenied', 'Request has expired', {
      members: { 'X-Amz-Expires': String(expires), Expires: new Date(signedAt + expires * 1000).toISOString(), ServerTime: new Date(now).toISOString() },
    });
  }
}

function parameterError(message: string): AwsError {
  return new AwsError(400, 'AuthorizationQueryParametersError', message);
}
