import { randomUUID } from 'node:crypto';
import type { Cloud } from '../ec2/time/cloud.ts';
import type { Group } from './group.ts';
import type { GroupStore } from './store.ts';

/** https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Activity.html */
export type ActivityStatus =
  | 'PreInService'
  | 'InProgress'
  | 'MidLifecycleAction'
  | 'Successful'
  | 'Failed'
  | 'Cancelled';

/** One launch or one end of an instance; times in ms of the clock. */
export interface Activity {
  id: string;
  region: string;
  group: string;
  groupArn: string;
  description: string;
  cause: string;
  status: ActivityStatus;
  message?: string | undefined;
  started: number;
  ended?: number | undefined;
  zone: string;
}

export interface World {
  cloud: Cloud;
  store: GroupStore;
}

/** Gives back its id. */
export function begin(
  { cloud, store }: World,
  group: Group,
  what: Pick<Activity, 'description' | 'cause' | 'status' | 'zone'>,
): string {
  const id = randomUUID();
  store.putActivity({
    ...what,
    id,
    region: group.region,
    group: group.name,
    groupArn: group.arn,
    started: cloud.now,
  });
  return id;
}

export function update({ cloud, store }: World, id: string, status: ActivityStatus, message?: string): void {
  const activity = store.activity(id);
  if (activity === undefined) return;
  const isOver = status === 'Successful' || status === 'Failed' || status === 'Cancelled';
  store.putActivity({ ...activity, status, message, ...(isOver && { ended: cloud.now }) });
}

/** Of the 0 to 100 that it is told in. */
export function progressOf({ status }: Activity): number {
  if (status === 'PreInService') return 30;
  if (status === 'InProgress') return 50;
  return status === 'MidLifecycleAction' ? 60 : 100;
}
