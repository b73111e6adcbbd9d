import { z } from 'zod';
import { TRANSITIONS } from './group.ts';
import { wire } from './params.ts';

const NAME = wire.text(255).regex(/^[^:]+$/, 'Group names have no colons');
const HOOK_NAME = wire.text(255).regex(/^[A-Za-z0-9\-_/]+$/, 'Expecting letters, digits, - _ and /');
const RESULT = z.enum(['CONTINUE', 'ABANDON']);
const INSTANCE = wire.text(19);
/** Groups of more are not of use in a sandbox. */
const SIZE = wire.integer(0, 1_000);
const PAGE = { MaxRecords: wire.integer(1, 100).optional(), NextToken: z.string().optional() };

/** 30 to 7200 seconds. API_PutLifecycleHook */
const hook = {
  HeartbeatTimeout: wire.integer(30, 7_200).optional(),
  DefaultResult: RESULT.optional(),
  NotificationMetadata: wire.text(4_000).optional(),
};

const Template = z.strictObject({
  LaunchTemplateId: z.string().optional(),
  LaunchTemplateName: z.string().optional(),
  Version: z.string().optional(),
});

const settings = {
  LaunchTemplate: Template.optional(),
  MinSize: SIZE.optional(),
  MaxSize: SIZE.optional(),
  DesiredCapacity: SIZE.optional(),
  VPCZoneIdentifier: wire.text(5_000).optional(),
  HealthCheckType: z.literal('EC2').optional(),
  HealthCheckGracePeriod: wire.integer(0, 1_000_000).optional(),
  DefaultCooldown: wire.integer(0, 1_000_000).optional(),
  DefaultInstanceWarmup: wire.integer(-1, 1_000_000).optional(),
  TerminationPolicies: wire.list(z.enum(['Default', 'OldestInstance']), 10).optional(),
};

/** The parameters of each operation; others are refused by name. */
export const SHAPES = {
  CreateAutoScalingGroup: z.strictObject({
    AutoScalingGroupName: NAME,
    ...settings,
    MinSize: SIZE,
    MaxSize: SIZE,
    LaunchTemplate: Template,
    VPCZoneIdentifier: wire.text(5_000),
    LifecycleHookSpecificationList: wire
      .list(
        z.strictObject({ LifecycleHookName: HOOK_NAME, LifecycleTransition: z.enum(TRANSITIONS), ...hook }),
        50,
      )
      .default([]),
    Tags: wire
      .list(
        z.strictObject({
          ResourceId: z.string().optional(),
          ResourceType: z.literal('auto-scaling-group').optional(),
          Key: wire.text(128),
          Value: z.string().max(256).default(''),
          PropagateAtLaunch: wire.flag().default(false),
        }),
        50,
      )
      .default([]),
  }),
  UpdateAutoScalingGroup: z.strictObject({ AutoScalingGroupName: NAME, ...settings }),
  DeleteAutoScalingGroup: z.strictObject({
    AutoScalingGroupName: NAME,
    ForceDelete: wire.flag().default(false),
  }),
  DescribeAutoScalingGroups: z.strictObject({
    AutoScalingGroupNames: wire.list(z.string(), 1_000).default([]),
    Filters: wire
      .list(z.strictObject({ Name: z.string(), Values: wire.list(z.string(), 100).default([]) }), 10)
      .default([]),
    ...PAGE,
  }),
  DescribeAutoScalingInstances: z.strictObject({
    InstanceIds: wire.list(INSTANCE, 50).default([]),
    NextToken: PAGE.NextToken,
    MaxRecords: wire.integer(1, 50).optional(),
  }),
  SetDesiredCapacity: z.strictObject({
    AutoScalingGroupName: NAME,
    DesiredCapacity: SIZE,
    // There are no cooldowns here that could be honoured.
    HonorCooldown: wire.flag().optional(),
  }),
  TerminateInstanceInAutoScalingGroup: z.strictObject({
    InstanceId: INSTANCE,
    ShouldDecrementDesiredCapacity: wire.flag(),
  }),
  SetInstanceHealth: z.strictObject({
    InstanceId: INSTANCE,
    HealthStatus: z.enum(['Healthy', 'Unhealthy']),
    ShouldRespectGracePeriod: wire.flag().default(true),
  }),
  PutLifecycleHook: z.strictObject({
    AutoScalingGroupName: NAME,
    LifecycleHookName: HOOK_NAME,
    LifecycleTransition: z.enum(TRANSITIONS).optional(),
    ...hook,
  }),
  DeleteLifecycleHook: z.strictObject({ AutoScalingGroupName: NAME, LifecycleHookName: HOOK_NAME }),
  DescribeLifecycleHooks: z.strictObject({
    AutoScalingGroupName: NAME,
    LifecycleHookNames: wire.list(z.string(), 50).default([]),
  }),
  CompleteLifecycleAction: z.strictObject({
    AutoScalingGroupName: NAME,
    LifecycleHookName: HOOK_NAME,
    LifecycleActionToken: wire.text(36).optional(),
    InstanceId: INSTANCE.optional(),
    LifecycleActionResult: RESULT,
  }),
  RecordLifecycleActionHeartbeat: z.strictObject({
    AutoScalingGroupName: NAME,
    LifecycleHookName: HOOK_NAME,
    LifecycleActionToken: wire.text(36).optional(),
    InstanceId: INSTANCE.optional(),
  }),
  DescribeScalingActivities: z.strictObject({
    AutoScalingGroupName: NAME.optional(),
    ActivityIds: wire.list(z.string(), 50).default([]),
    ...PAGE,
  }),
};
export type Operation = keyof typeof SHAPES;
export type Asked<O extends Operation> = z.output<(typeof SHAPES)[O]>;
