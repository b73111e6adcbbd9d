import type { XmlNode } from '../../http/xml.ts';
import { ACCOUNT } from '../items.ts';
import { DESCRIBE_PAGE, filtered, pageOf, type FilterValues } from '../pages.ts';
import type { Params } from '../params.ts';
import type { Cloud } from '../time/cloud.ts';
import { STATE_CODES, type Instance } from './instance.ts';
import { renderInstance } from './render.ts';
import { noPagesOfIds, requireInstance } from './require.ts';

const FILTERS: FilterValues<Instance> = {
  'instance-id': ({ id }) => id,
  'instance-state-name': ({ state }) => state,
  'instance-state-code': ({ state }) => String(STATE_CODES[state]),
  'instance-type': ({ type }) => type,
  'image-id': ({ imageId }) => imageId,
  'vpc-id': ({ vpcId }) => vpcId,
  'subnet-id': ({ subnetId }) => subnetId,
  'availability-zone': ({ zone }) => zone,
  'private-ip-address': ({ privateIp }) => privateIp,
  'client-token': ({ clientToken }) => clientToken,
  'instance.group-id': ({ groups }) => groups,
};

/** Those of one call of RunInstances together. */
export function describeInstances(cloud: Cloud, region: string, params: Params): XmlNode {
  const { items } = cloud;
  const ids = params.list('InstanceId');
  noPagesOfIds(ids, params);
  for (const id of ids) requireInstance(items, region, id);
  const all = items.list('instance', region).filter(({ id }) => ids.length === 0 || ids.includes(id));
  const { page, next } = pageOf(filtered(all, params, FILTERS), params, DESCRIBE_PAGE, ({ id }) => id);
  const reservations = Map.groupBy(page, ({ reservation }) => reservation);
  return {
    reservationSet: {
      item: [...reservations].map(([reservationId, instances]) => ({
        reservationId,
        ownerId: ACCOUNT,
        groupSet: '',
        instancesSet: { item: instances.map((one) => renderInstance(items, region, one)) },
      })),
    },
    ...next,
  };
}
