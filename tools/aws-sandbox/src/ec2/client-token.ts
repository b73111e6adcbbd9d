import { AwsError } from '../http/aws-error.ts';
import { ec2Error } from './error.ts';
import type { Params } from './params.ts';

/** At most 64 ASCII characters. https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html */
export function readToken(params: Params): string | undefined {
  const token = params.text('ClientToken');
  if (token !== undefined && !/^[\x20-\x7e]{1,64}$/.test(token))
    throw ec2Error.invalid('ClientToken', token, 'Expecting up to 64 ASCII characters.');
  return token;
}

/** A token stands for one request. */
export const reusedToken = (token: string): AwsError =>
  new AwsError(400, 'IdempotentParameterMismatch', `The client token ${token} was used for another request.`);
