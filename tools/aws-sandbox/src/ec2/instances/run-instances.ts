import { AwsError } from '../../http/aws-error.ts';
import type { XmlNode } from '../../http/xml.ts';
import { readToken, reusedToken } from '../client-token.ts';
import { ec2Error } from '../error.ts';
import { ACCOUNT, newId } from '../items.ts';
import { templateParameters } from '../launch-templates/parameters.ts';
import { readReference } from '../launch-templates/reference.ts';
import type { Params } from '../params.ts';
import type { Cloud } from '../time/cloud.ts';
import type { Instance } from './instance.ts';
import { launchInstance } from './launch.ts';
import { readLaunchSpec } from './launch-spec.ts';
import { renderInstance } from './render.ts';

/** More than this an account does not get in one call. */
const MAX_COUNT = 1_000;

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html */
export function runInstances(cloud: Cloud, region: string, params: Params): XmlNode {
  const clientToken = readToken(params);
  const fingerprint = params.fingerprint();
  const before = madeBefore(cloud, region, clientToken, fingerprint);
  if (before.length > 0) return answer(cloud, region, before);
  const [min, max] = readCounts(params);
  const reference = readReference(params);
  const spec = readLaunchSpec(
    reference === undefined ? params : templateParameters(cloud.items, region, reference, params),
  );
  const reservation = { id: newId('r'), clientToken, fingerprint };
  const made: Instance[] = [];
  for (let index = 0; index < max; index += 1) {
    try {
      made.push(launchInstance(cloud, region, spec, { ...reservation, index }));
    } catch (error) {
      // "Amazon EC2 launches the largest possible number of instances above MinCount."
      if (!(error instanceof AwsError) || made.length < min) throw error;
      break;
    }
  }
  return answer(cloud, region, made);
}

function readCounts(params: Params): [number, number] {
  params.required('MinCount');
  params.required('MaxCount');
  const max = params.integer('MaxCount', 1, MAX_COUNT) ?? 1;
  const min = params.integer('MinCount', 1, MAX_COUNT) ?? 1;
  if (min > max)
    throw ec2Error.invalid('minCount', String(min), 'The minimum must not be above the maximum.');
  return [min, max];
}

/** The same token means the same instances. */
function madeBefore(
  cloud: Cloud,
  region: string,
  token: string | undefined,
  fingerprint: string,
): Instance[] {
  if (token === undefined) return [];
  const made = cloud.items.list('instance', region).filter(({ clientToken }) => clientToken === token);
  if (made.some((one) => one.fingerprint !== fingerprint)) throw reusedToken(token);
  return made.toSorted((a, b) => a.index - b.index);
}

function answer(cloud: Cloud, region: string, instances: readonly Instance[]): XmlNode {
  return {
    reservationId: instances[0]?.reservation ?? '',
    ownerId: ACCOUNT,
    groupSet: '',
    instancesSet: { item: instances.map((one) => renderInstance(cloud.items, region, one)) },
  };
}
