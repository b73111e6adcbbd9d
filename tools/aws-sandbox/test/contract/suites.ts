import { describeAutoScalingEvents } from './autoscaling-events.ts';
import { describeAutoScalingGroups } from './autoscaling-groups.ts';
import { describeLifecycleHooks } from './autoscaling-hooks.ts';
import { describeBatchDefinitions } from './batch-definitions.ts';
import { describeBatchJobs } from './batch-jobs.ts';
import { describeBatchManyJobs } from './batch-many-jobs.ts';
import { describeBatchResources } from './batch-resources.ts';
import { describeDistributionConfigs } from './cloudfront-configs.ts';
import { describeInvalidationRefusals } from './cloudfront-invalidation-refusals.ts';
import { describeInvalidations } from './cloudfront-invalidations.ts';
import { describeDistributions } from './cloudfront-distributions.ts';
import { describeDataSyncExecutions } from './datasync-executions.ts';
import { describeDataSyncTasks } from './datasync.ts';
import type { Suite } from './contract.ts';
import { describeElasticIps } from './ec2-addresses.ts';
import { describeAssociations } from './ec2-associations.ts';
import { describeInstances } from './ec2-instances.ts';
import { describeLaunchTemplates } from './ec2-launch-templates.ts';
import { describeNatGateways } from './ec2-nat-gateways.ts';
import { describeNetworkAclEntries } from './ec2-network-acl-entries.ts';
import { describeNetworkAclRefusals } from './ec2-network-acl-refusals.ts';
import { describeNetworkAcls } from './ec2-network-acls.ts';
import { describeEc2Pages } from './ec2-pages.ts';
import { describePrefixLists } from './ec2-prefix-lists.ts';
import { describeSecurityGroupLimits } from './ec2-security-group-limits.ts';
import { describeSecurityGroupRefusals } from './ec2-security-group-refusals.ts';
import { describeSecurityGroupRules } from './ec2-security-group-rules.ts';
import { describeSecurityGroups } from './ec2-security-groups.ts';
import { describeSnapshots } from './ec2-snapshots.ts';
import { describeSubnets } from './ec2-subnets.ts';
import { describeVolumes } from './ec2-volumes.ts';
import { describeVpcs } from './ec2-vpcs.ts';
import { describeErrors } from './errors.ts';
import { describeConditionalReads } from './s3-conditional-reads.ts';
import { describeCopy } from './s3-copy.ts';
import { describeEventBridge } from './s3-eventbridge.ts';
import { describeIntegrity } from './s3-integrity.ts';
import { describeKeys } from './s3-keys.ts';
import { describeListing } from './s3-listing.ts';
import { describeMultipart } from './s3-multipart.ts';
import { describeMultipartChecksums } from './s3-multipart-checksums.ts';
import { describeMultipartListing } from './s3-multipart-listing.ts';
import { describeNotificationConfiguration } from './s3-notification-config.ts';
import { describeNotifications } from './s3-notifications.ts';
import { describeNotificationRoutes } from './s3-notification-routes.ts';
import { describeObjects } from './s3-objects.ts';
import { describeConditionalWrites } from './s3-preconditions.ts';
import { describePresigned } from './s3-presigned.ts';
import { describeRanges } from './s3-ranges.ts';
import { describeVersionListing } from './s3-version-listing.ts';
import { describeVersioning } from './s3-versioning.ts';
import { describeTopics } from './sns.ts';
import { describeFifoTopics } from './sns-fifo.ts';
import { describeFilters } from './sns-filters.ts';
import { describeQueues } from './sqs.ts';
import { describeFifo } from './sqs-fifo.ts';
import { describeBatches } from './sqs-batches.ts';
import { describeMessages } from './sqs-messages.ts';
import { describeMoveTaskControl } from './sqs-move-task-control.ts';
import { describeMoveTaskRefusals } from './sqs-move-task-refusals.ts';
import { describeMoveTasks } from './sqs-move-tasks.ts';
import { describeVisibility } from './sqs-visibility.ts';
import { describeWafConditions } from './wafv2-conditions.ts';
import { describeIpSets } from './wafv2-ip-sets.ts';
import { describeWafRules } from './wafv2-rules.ts';
import { describeWafTags } from './wafv2-tags.ts';

/** Every target runs the same suites. */
export const suites: readonly Suite[] = [
  describeObjects,
  describeKeys,
  describeRanges,
  describeCopy,
  describePresigned,
  describeIntegrity,
  describeConditionalWrites,
  describeConditionalReads,
  describeListing,
  describeVersioning,
  describeVersionListing,
  describeMultipart,
  describeMultipartChecksums,
  describeMultipartListing,
  describeNotificationConfiguration,
  describeNotificationRoutes,
  describeNotifications,
  describeEventBridge,
  describeQueues,
  describeMessages,
  describeBatches,
  describeVisibility,
  describeFifo,
  describeMoveTasks,
  describeMoveTaskControl,
  describeMoveTaskRefusals,
  describeTopics,
  describeFilters,
  describeFifoTopics,
  describeErrors,
  describeIpSets,
  describeWafRules,
  describeWafTags,
  describeWafConditions,
  describeDistributions,
  describeDistributionConfigs,
  describeInvalidations,
  describeInvalidationRefusals,
  describeVpcs,
  describeElasticIps,
  describeNatGateways,
  describePrefixLists,
  describeEc2Pages,
  describeNetworkAcls,
  describeNetworkAclEntries,
  describeNetworkAclRefusals,
  describeSubnets,
  describeSecurityGroups,
  describeSecurityGroupRules,
  describeSecurityGroupRefusals,
  describeSecurityGroupLimits,
  describeBatchResources,
  describeBatchDefinitions,
  describeBatchJobs,
  describeBatchManyJobs,
  describeDataSyncTasks,
  describeDataSyncExecutions,
  describeInstances,
  describeLaunchTemplates,
  describeAssociations,
  describeVolumes,
  describeSnapshots,
  describeAutoScalingGroups,
  describeLifecycleHooks,
  describeAutoScalingEvents,
];
