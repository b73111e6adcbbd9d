import type { Action } from './actions.ts';
import { associateAddress, disassociateAddress } from './associations.ts';
import { describeInstances } from './instances/describe-instances.ts';
import { LAUNCH_PARAMETERS } from './instances/launch-spec.ts';
import { runInstances } from './instances/run-instances.ts';
import { startInstances, stopInstances, terminateInstances } from './instances/state-changes.ts';
import { describeInstanceStatus } from './instances/status.ts';
import {
  createLaunchTemplate,
  createLaunchTemplateVersion,
  deleteLaunchTemplate,
  describeLaunchTemplates,
  describeLaunchTemplateVersions,
} from './launch-templates/launch-templates.ts';
import type { Cloud } from './time/cloud.ts';
import { attachVolume, deleteVolume, detachVolume } from './volumes/attach.ts';
import { createVolume } from './volumes/create-volume.ts';
import { describeVolumes } from './volumes/describe-volumes.ts';
import { createSnapshot, deleteSnapshot, describeSnapshots } from './volumes/snapshots.ts';

const PAGED = ['Filter', 'MaxResults', 'NextToken'];
const TEMPLATE = ['LaunchTemplateId', 'LaunchTemplateName'];
const TEMPLATE_DATA = LAUNCH_PARAMETERS.map((name) => `LaunchTemplateData.${name}`).concat(
  'LaunchTemplateData.TagSpecification.ResourceType',
  'LaunchTemplateData.TagSpecification.Tag.Key',
  'LaunchTemplateData.TagSpecification.Tag.Value',
);

/** Of what lives on the clock. */
export const INSTANCE_ACTIONS: Readonly<Record<string, Action<Cloud>>> = {
  RunInstances: {
    accepts: [
      ...LAUNCH_PARAMETERS,
      'MinCount',
      'MaxCount',
      'SubnetId',
      'ClientToken',
      'LaunchTemplate.LaunchTemplateId',
      'LaunchTemplate.LaunchTemplateName',
      'LaunchTemplate.Version',
    ],
    run: runInstances,
  },
  DescribeInstances: { accepts: ['InstanceId', ...PAGED], run: describeInstances },
  DescribeInstanceStatus: {
    accepts: ['InstanceId', 'IncludeAllInstances', ...PAGED],
    run: describeInstanceStatus,
  },
  TerminateInstances: { accepts: ['InstanceId'], run: terminateInstances },
  StopInstances: { accepts: ['InstanceId', 'Force'], run: stopInstances },
  StartInstances: { accepts: ['InstanceId'], run: startInstances },
  CreateLaunchTemplate: {
    accepts: [
      'LaunchTemplateName',
      'VersionDescription',
      'ClientToken',
      'TagSpecification',
      ...TEMPLATE_DATA,
    ],
    run: createLaunchTemplate,
  },
  CreateLaunchTemplateVersion: {
    accepts: [...TEMPLATE, 'SourceVersion', 'VersionDescription', 'ClientToken', ...TEMPLATE_DATA],
    run: createLaunchTemplateVersion,
  },
  DescribeLaunchTemplates: { accepts: [...TEMPLATE, ...PAGED], run: describeLaunchTemplates },
  DescribeLaunchTemplateVersions: {
    accepts: [...TEMPLATE, 'LaunchTemplateVersion', 'MaxResults', 'NextToken'],
    run: describeLaunchTemplateVersions,
  },
  DeleteLaunchTemplate: { accepts: TEMPLATE, run: deleteLaunchTemplate },
  AssociateAddress: {
    accepts: ['AllocationId', 'InstanceId', 'NetworkInterfaceId', 'PrivateIpAddress', 'AllowReassociation'],
    run: associateAddress,
  },
  DisassociateAddress: { accepts: ['AssociationId'], run: disassociateAddress },
  CreateVolume: {
    accepts: [
      'AvailabilityZone',
      'Size',
      'SnapshotId',
      'VolumeType',
      'Iops',
      'Throughput',
      'Encrypted',
      'KmsKeyId',
      'ClientToken',
      'TagSpecification',
    ],
    run: createVolume,
  },
  DescribeVolumes: { accepts: ['VolumeId', ...PAGED], run: describeVolumes },
  DeleteVolume: { accepts: ['VolumeId'], run: deleteVolume },
  AttachVolume: { accepts: ['VolumeId', 'InstanceId', 'Device'], run: attachVolume },
  DetachVolume: { accepts: ['VolumeId', 'InstanceId', 'Device', 'Force'], run: detachVolume },
  CreateSnapshot: { accepts: ['VolumeId', 'Description', 'TagSpecification'], run: createSnapshot },
  DescribeSnapshots: { accepts: ['SnapshotId', 'Owner', ...PAGED], run: describeSnapshots },
  DeleteSnapshot: { accepts: ['SnapshotId'], run: deleteSnapshot },
};
