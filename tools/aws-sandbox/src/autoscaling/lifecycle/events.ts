import { emit } from '../../ec2/events.ts';
import type { World } from '../activity.ts';
import type { Group, LifecycleAction, LifecycleHook, Member } from '../group.ts';

const TYPES = {
  'autoscaling:EC2_INSTANCE_LAUNCHING': {
    type: 'EC2 Instance-launch Lifecycle Action',
    Origin: 'EC2',
    Destination: 'AutoScalingGroup',
  },
  'autoscaling:EC2_INSTANCE_TERMINATING': {
    type: 'EC2 Instance-terminate Lifecycle Action',
    Origin: 'AutoScalingGroup',
    Destination: 'EC2',
  },
} as const;

/** https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-event-reference.html */
export function tellOfAction(
  { cloud }: World,
  group: Group,
  member: Member,
  hook: LifecycleHook,
  action: LifecycleAction,
): void {
  const { type, Origin, Destination } = TYPES[hook.transition];
  emit(cloud, group.region, {
    source: 'aws.autoscaling',
    type,
    resources: [group.arn],
    detail: {
      LifecycleActionToken: action.token,
      AutoScalingGroupName: group.name,
      LifecycleHookName: hook.name,
      EC2InstanceId: member.id,
      LifecycleTransition: hook.transition,
      ...(hook.metadata !== undefined && { NotificationMetadata: hook.metadata }),
      Origin,
      Destination,
    },
  });
}
