import { AwsError } from '../../http/aws-error.ts';
import { ec2Error } from '../error.ts';
import type { Items } from '../items.ts';
import type { Params } from '../params.ts';
import type { Instance } from './instance.ts';

const ID = /^i-([0-9a-f]{8}|[0-9a-f]{17})$/;

export function requireInstance(items: Items, region: string, id: string): Instance {
  if (!ID.test(id)) throw new AwsError(400, 'InvalidInstanceID.Malformed', `Invalid id: "${id}"`);
  const instance = items.find('instance', region, id);
  if (instance === undefined) throw ec2Error.absent('InvalidInstanceID.NotFound', `instance ID '${id}'`);
  return instance;
}

/** "You cannot specify this parameter and the instance IDs parameter in the same call." */
export function noPagesOfIds(ids: readonly string[], params: Params): void {
  if (ids.length > 0 && params.text('MaxResults') !== undefined)
    throw ec2Error.notCombined('The parameter instancesSet cannot be used with the parameter maxResults');
}
