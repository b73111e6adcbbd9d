import type { Cloud } from '../ec2/time/cloud.ts';
import { notImplemented } from '../http/aws-error.ts';
import type { Reply } from '../http/reply.ts';
import { document, type XmlNode } from '../http/xml.ts';
import type { Database } from '../state.ts';
import type { World } from './activity.ts';
import { describeActivities, describeGroups, describeInstances } from './describe.ts';
import { targetState } from './group.ts';
import { createGroup, deleteGroup, setDesiredCapacity, tryAgain, updateGroup } from './groups.ts';
import {
  completeLifecycleAction,
  deleteHook,
  describeHooks,
  putHook,
  recordLifecycleActionHeartbeat,
} from './hooks.ts';
import { nextOfGroups, save } from './lifecycle/step.ts';
import { setInstanceHealth, terminateInGroup } from './members.ts';
import { readParams } from './params.ts';
import { SHAPES, type Asked, type Operation } from './shapes.ts';
import { GroupStore } from './store.ts';

/** What every call names. */
export const AUTO_SCALING_VERSION = '2011-01-01';

const OPERATIONS: {
  readonly [O in Operation]: (world: World, region: string, asked: Asked<O>) => XmlNode;
} = {
  CreateAutoScalingGroup: createGroup,
  UpdateAutoScalingGroup: updateGroup,
  DeleteAutoScalingGroup: deleteGroup,
  DescribeAutoScalingGroups: describeGroups,
  DescribeAutoScalingInstances: describeInstances,
  SetDesiredCapacity: setDesiredCapacity,
  TerminateInstanceInAutoScalingGroup: terminateInGroup,
  SetInstanceHealth: setInstanceHealth,
  PutLifecycleHook: putHook,
  DeleteLifecycleHook: deleteHook,
  DescribeLifecycleHooks: describeHooks,
  CompleteLifecycleAction: completeLifecycleAction,
  RecordLifecycleActionHeartbeat: recordLifecycleActionHeartbeat,
  DescribeScalingActivities: describeActivities,
};

/** Groups that keep themselves as large as they are to be, with lifecycle hooks. */
export class AutoScaling {
  readonly #world: World;

  constructor(db: Database, cloud: Cloud) {
    this.#world = { cloud, store: new GroupStore(db) };
    cloud.timeline.addSource(() => nextOfGroups(this.#world));
  }

  call(action: string, values: URLSearchParams, region: string, requestId: string): Reply {
    const operation = Object.hasOwn(SHAPES, action) ? (action as Operation) : undefined;
    if (operation === undefined) throw notImplemented(`autoscaling:${action}`);
    const result = this.#world.cloud.do(() => this.#run(operation, region, values));
    return {
      status: 200,
      headers: { 'content-type': 'text/xml' },
      body: document(`${action}Response`, {
        '@_xmlns': `http://autoscaling.amazonaws.com/doc/${AUTO_SCALING_VERSION}/`,
        [`${action}Result`]: result,
        ResponseMetadata: { RequestId: requestId },
      }),
    };
  }

  /** What an instance is to become; undefined for one of no group. */
  targetStateOf(instanceId: string): string | undefined {
    const members = this.#world.store.list().flatMap((group) => group.members);
    const member = members.find(({ id }) => id === instanceId);
    return member && targetState(member);
  }

  /** Groups whose launches failed need not wait: something is otherwise than it was. */
  tryAgain(): void {
    for (const group of this.#world.store.list())
      if (group.failures > 0) save(this.#world, group, () => tryAgain(group));
  }

  #run<O extends Operation>(operation: O, region: string, values: URLSearchParams): XmlNode {
    const asked = readParams(operation, values, SHAPES[operation]) as Asked<O>;
    return OPERATIONS[operation](this.#world, region, asked);
  }
}
