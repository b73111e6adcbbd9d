import { AwsError } from '../../http/aws-error.ts';
import type { XmlNode } from '../../http/xml.ts';
import { ec2Error } from '../error.ts';
import type { Params } from '../params.ts';
import type { Cloud } from '../time/cloud.ts';
import { isGone, type Instance, type InstanceState } from './instance.ts';
import { stateNode } from './render.ts';
import { requireInstance } from './require.ts';
import { enter } from './transitions.ts';

const BY_USER = {
  code: 'Client.UserInitiatedShutdown',
  message: 'Client.UserInitiatedShutdown: User initiated shutdown',
};

export function terminateInstances(cloud: Cloud, region: string, params: Params): XmlNode {
  return changeAll(cloud, region, params, (one) => terminate(cloud, region, one));
}

/** All that have to do with ending one; it may have ended before. */
export function terminate(cloud: Cloud, region: string, instance: Instance): void {
  if (isGone(instance)) return;
  instance.reason = BY_USER;
  enter(cloud, region, instance, 'shutting-down', cloud.times.shuttingDownMs);
}

export function stopInstances(cloud: Cloud, region: string, params: Params): XmlNode {
  // That a machine is made to stop makes no difference here.
  params.flag('Force');
  return changeAll(cloud, region, params, (one) => {
    if (one.state === 'pending')
      throw incorrectState(
        `Instance '${one.id}' cannot be stopped as it has never reached the 'running' state.`,
      );
    if (isGone(one))
      throw incorrectState(`This instance '${one.id}' is not in a state from which it can be stopped.`);
    if (one.state !== 'running') return;
    one.reason = BY_USER;
    enter(cloud, region, one, 'stopping', cloud.times.stoppingMs);
  });
}

export function startInstances(cloud: Cloud, region: string, params: Params): XmlNode {
  return changeAll(cloud, region, params, (one) => {
    if (one.state === 'stopping' || isGone(one))
      throw incorrectState(`The instance '${one.id}' is not in a state from which it can be started.`);
    if (one.state !== 'stopped') return;
    if (cloud.zones.isLost(one.zone)) {
      throw new AwsError(
        500,
        'InsufficientInstanceCapacity',
        `Insufficient capacity to start the instance '${one.id}' in ${one.zone}.`,
      );
    }
    // Another machine: what was broken is not any more.
    delete one.impairedSince;
    delete one.reason;
    enter(cloud, region, one, 'pending', cloud.times.pendingMs);
  });
}

const incorrectState = (reason: string): AwsError => new AwsError(400, 'IncorrectInstanceState', reason);

/** All of them or none. */
function changeAll(
  cloud: Cloud,
  region: string,
  params: Params,
  change: (instance: Instance) => void,
): XmlNode {
  const ids = params.list('InstanceId');
  if (ids.length === 0) throw ec2Error.missing('InstanceId');
  const found = ids.map((id) => requireInstance(cloud.items, region, id));
  const changes = found.map((instance): { id: string; before: InstanceState; after: InstanceState } => {
    const before = instance.state;
    change(instance);
    return { id: instance.id, before, after: instance.state };
  });
  return {
    instancesSet: {
      item: changes.map(({ id, before, after }) => ({
        instanceId: id,
        currentState: stateNode(after),
        previousState: stateNode(before),
      })),
    },
  };
}
