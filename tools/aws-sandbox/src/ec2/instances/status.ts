import type { XmlNode } from '../../http/xml.ts';
import type { Cloud } from '../time/cloud.ts';
import { DESCRIBE_PAGE, filtered, pageOf, type FilterValues } from '../pages.ts';
import type { Params } from '../params.ts';
import type { Instance } from './instance.ts';
import { noPagesOfIds, requireInstance } from './require.ts';
import { stateNode } from './render.ts';

type Check = 'ok' | 'initializing' | 'impaired' | 'not-applicable';

/** Of both checks, that of the machine and that of the system: here they fail together. */
export function checksOf(cloud: Cloud, instance: Instance): Check {
  if (instance.state !== 'running') return 'not-applicable';
  if (isImpaired(cloud, instance)) return 'impaired';
  return cloud.now < instance.since + cloud.times.initializingMs ? 'initializing' : 'ok';
}

export const isImpaired = (cloud: Cloud, instance: Instance): boolean =>
  impairedSince(cloud, instance) !== undefined;

/** When the checks began to fail; ms. */
export function impairedSince(cloud: Cloud, { impairedSince: since, zone }: Instance): number | undefined {
  const lost = cloud.zones.lostSince(zone);
  return since === undefined || lost === undefined ? (since ?? lost) : Math.min(since, lost);
}

/** When the checks of the next instance pass; nothing has to be done for it, but somebody may wait. */
export function nextPassed(cloud: Cloud): number | undefined {
  const times = cloud.items
    .everywhere('instance')
    .filter(({ item }) => checksOf(cloud, item) === 'initializing')
    .map(({ item }) => item.since + cloud.times.initializingMs);
  return times.length === 0 ? undefined : Math.min(...times);
}

const filters = (cloud: Cloud): FilterValues<Instance> => ({
  'availability-zone': ({ zone }) => zone,
  'instance-state-name': ({ state }) => state,
  'instance-status.status': (one) => checksOf(cloud, one),
  'system-status.status': (one) => checksOf(cloud, one),
});

/** Of running instances, or of all. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceStatus.html */
export function describeInstanceStatus(cloud: Cloud, region: string, params: Params): XmlNode {
  const ids = params.list('InstanceId');
  noPagesOfIds(ids, params);
  for (const id of ids) requireInstance(cloud.items, region, id);
  const includeAll = params.flag('IncludeAllInstances');
  const all = cloud.items
    .list('instance', region)
    .filter(({ id, state }) => (ids.length === 0 || ids.includes(id)) && (includeAll || state === 'running'));
  const { page, next } = pageOf(filtered(all, params, filters(cloud)), params, DESCRIBE_PAGE, ({ id }) => id);
  return { instanceStatusSet: { item: page.map((one) => describe(cloud, one)) }, ...next };
}

function describe(cloud: Cloud, instance: Instance): XmlNode {
  const status = checksOf(cloud, instance);
  const since = impairedSince(cloud, instance);
  const checks: XmlNode = {
    status,
    ...(status === 'not-applicable' ? {} : { details: { item: [detail()] } }),
  };
  return {
    instanceId: instance.id,
    availabilityZone: instance.zone,
    instanceState: stateNode(instance.state),
    instanceStatus: checks,
    systemStatus: checks,
  };

  function detail(): XmlNode {
    const name = 'reachability';
    if (status === 'ok') return { name, status: 'passed' };
    if (status === 'initializing') return { name, status: 'initializing' };
    return { name, status: 'failed', impairedSince: new Date(since ?? cloud.now).toISOString() };
  }
}
