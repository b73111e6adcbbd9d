import type { XmlNode } from '../http/xml.ts';
import { progressOf, type Activity, type World } from './activity.ts';
import type { Group, LifecycleHook, Member } from './group.ts';
import { globalSeconds } from './lifecycle/hooks.ts';
import { zonesOf } from './subnets.ts';

const at = (ms: number): string => new Date(ms).toISOString();

export function renderGroup(world: World, group: Group): XmlNode {
  return {
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: group.arn,
    LaunchTemplate: template(group, group.template.version),
    MinSize: group.min,
    MaxSize: group.max,
    DesiredCapacity: group.desired,
    DefaultCooldown: group.cooldownSeconds,
    ...(group.warmupSeconds === undefined ? {} : { DefaultInstanceWarmup: group.warmupSeconds }),
    AvailabilityZones: { member: zonesOf(world.cloud, group.region, group.subnets) },
    LoadBalancerNames: '',
    TargetGroupARNs: '',
    HealthCheckType: 'EC2',
    HealthCheckGracePeriod: group.graceSeconds,
    Instances: { member: group.members.map((member) => renderMember(group, member)) },
    CreatedTime: at(group.created),
    SuspendedProcesses: '',
    VPCZoneIdentifier: group.subnets.join(','),
    EnabledMetrics: '',
    ...(group.deleting ? { Status: 'Delete in progress' } : {}),
    Tags: {
      member: group.tags.map(({ key, value, propagate }) => ({
        ResourceId: group.name,
        ResourceType: 'auto-scaling-group',
        Key: key,
        Value: value,
        PropagateAtLaunch: propagate,
      })),
    },
    TerminationPolicies: { member: group.terminationPolicies },
    NewInstancesProtectedFromScaleIn: false,
    ServiceLinkedRoleARN: `arn:aws:iam::${group.arn.split(':')[4]}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
    CapacityRebalance: false,
  };
}

export function renderMember(group: Group, member: Member): XmlNode {
  return {
    InstanceId: member.id,
    InstanceType: member.type,
    AvailabilityZone: member.zone,
    LifecycleState: member.state,
    HealthStatus: member.health,
    LaunchTemplate: template(group, member.templateVersion),
    ProtectedFromScaleIn: false,
  };
}

/** As DescribeAutoScalingInstances tells it, which shouts. */
export const renderInstance = (group: Group, member: Member): XmlNode => ({
  ...renderMember(group, member),
  AutoScalingGroupName: group.name,
  HealthStatus: member.health.toUpperCase(),
});

export function renderHook(group: Group, hook: LifecycleHook): XmlNode {
  return {
    LifecycleHookName: hook.name,
    AutoScalingGroupName: group.name,
    LifecycleTransition: hook.transition,
    HeartbeatTimeout: hook.heartbeatSeconds,
    GlobalTimeout: globalSeconds(hook.heartbeatSeconds),
    DefaultResult: hook.defaultResult,
    ...(hook.metadata === undefined ? {} : { NotificationMetadata: hook.metadata }),
  };
}

export function renderActivity(activity: Activity): XmlNode {
  return {
    ActivityId: activity.id,
    AutoScalingGroupName: activity.group,
    AutoScalingGroupARN: activity.groupArn,
    Description: activity.description,
    Cause: activity.cause,
    StartTime: at(activity.started),
    ...(activity.ended === undefined ? {} : { EndTime: at(activity.ended) }),
    StatusCode: activity.status,
    ...(activity.message === undefined ? {} : { StatusMessage: activity.message }),
    Progress: progressOf(activity),
    Details: JSON.stringify({ 'Availability Zone': activity.zone }),
  };
}

function template({ template: { id, name } }: Group, version: string): XmlNode {
  return { LaunchTemplateId: id, LaunchTemplateName: name, Version: version };
}
