import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { AwsError } from '../http/aws-error.ts';

/** Seven days. */
const MAX_EXPIRY_SECONDS = 604_800;

/**
 * A presigned request must be in time and for exactly what was signed. The sandbox
 * has no accounts: the secret of an access key is the access key id itself.
 */
export function checkPresigned(req: IncomingMessage, query: URLSearchParams, now: number): void {
  if (!query.has('X-Amz-Signature') && !query.has('X-Amz-Algorithm')) return;
  const missing = [
    'X-Amz-Algorithm',
    'X-Amz-Credential',
    'X-Amz-Date',
    'X-Amz-Expires',
    'X-Amz-SignedHeaders',
    'X-Amz-Signature',
  ].filter((name) => !query.has(name));
  if (missing.length > 0) {
    throw parameterError(
      `Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters. Missing: ${missing.join(', ')}`,
    );
  }
  const expires = Number(query.get('X-Amz-Expires'));
  if (!Number.isInteger(expires) || expires < 0) throw parameterError('X-Amz-Expires should be a number');
  if (expires > MAX_EXPIRY_SECONDS) {
    throw parameterError(
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    );
  }
  const signedAt = Date.parse(
    (query.get('X-Amz-Date') ?? '').replace(
      /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
      '$1-$2-$3T$4:$5:$6Z',
    ),
  );
  if (Number.isNaN(signedAt))
    throw parameterError("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  if (now > signedAt + expires * 1000) {
    throw new AwsError(403, 'AccessDenied', 'Request has expired', {
      members: {
        'X-Amz-Expires': String(expires),
        Expires: new Date(signedAt + expires * 1000).toISOString(),
        ServerTime: new Date(now).toISOString(),
      },
    });
  }
  if (query.get('X-Amz-Signature') !== signatureOf(req, query)) {
    throw new AwsError(
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method. (In the sandbox the secret access key must be the same as the access key id.)',
      { members: { AWSAccessKeyId: query.get('X-Amz-Credential')?.split('/')[0] ?? '' } },
    );
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
function signatureOf(req: IncomingMessage, query: URLSearchParams): string {
  const [path = '', search = ''] = (req.url ?? '').split('?');
  const [accessKey = '', ...scope] = (query.get('X-Amz-Credential') ?? '').split('/');
  const signedHeaders = query.get('X-Amz-SignedHeaders') ?? '';
  const canonicalQuery = search
    .split('&')
    .filter((pair) => !pair.startsWith('X-Amz-Signature='))
    .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
    .toSorted()
    .join('&');
  const canonicalHeaders = signedHeaders
    .split(';')
    .map(
      (name) =>
        `${name}:${String(req.headers[name] ?? '')
          .trim()
          .replace(/ +/g, ' ')}\n`,
    )
    .join('');
  const payload =
    req.headers['x-amz-content-sha256'] ?? query.get('X-Amz-Content-Sha256') ?? 'UNSIGNED-PAYLOAD';
  const canonical = [req.method, path, canonicalQuery, canonicalHeaders, signedHeaders, payload].join('\n');
  const toSign = [
    query.get('X-Amz-Algorithm'),
    query.get('X-Amz-Date'),
    scope.join('/'),
    createHash('sha256').update(canonical).digest('hex'),
  ].join('\n');
  const key = scope.reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${accessKey}`);
  return hmac(key, toSign).toString('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function parameterError(message: string): AwsError {
  return new AwsError(400, 'AuthorizationQueryParametersError', message);
}
