import type { XmlNode } from '../../http/xml.ts';
import { LAUNCH_PARAMETERS } from '../instances/launch-spec.ts';
import { ACCOUNT } from '../items.ts';
import { Params } from '../params.ts';
import { describeTags, tagSet } from '../xml.ts';
import type { LaunchTemplate, LaunchTemplateVersion } from './launch-template.ts';

const CREATED_BY = `arn:aws:iam::${ACCOUNT}:root`;

export function renderTemplate(one: LaunchTemplate): XmlNode {
  return {
    launchTemplateId: one.id,
    launchTemplateName: one.name,
    createTime: new Date(one.created).toISOString(),
    createdBy: CREATED_BY,
    defaultVersionNumber: one.defaultVersion,
    latestVersionNumber: one.versions.at(-1)?.number,
    ...describeTags(one.tags),
  };
}

export function renderVersion(template: LaunchTemplate, version: LaunchTemplateVersion): XmlNode {
  return {
    launchTemplateId: template.id,
    launchTemplateName: template.name,
    versionNumber: version.number,
    versionDescription: version.description,
    createTime: new Date(version.created).toISOString(),
    createdBy: CREATED_BY,
    defaultVersion: version.number === template.defaultVersion,
    launchTemplateData: renderData(version.data),
  };
}

/** What was said, and no more. */
function renderData(data: Record<string, string>): XmlNode {
  const params = new Params('CreateLaunchTemplate', new URLSearchParams(data), LAUNCH_PARAMETERS);
  const text = (name: string) => params.text(name);
  const group = (node: XmlNode) => (Object.values(node).every((one) => one === undefined) ? undefined : node);
  const groups = params.list('SecurityGroupId');
  const set = (item: XmlNode[]) => (item.length === 0 ? undefined : { item });
  return {
    imageId: text('ImageId'),
    instanceType: text('InstanceType'),
    keyName: text('KeyName'),
    userData: text('UserData'),
    ebsOptimized: text('EbsOptimized'),
    iamInstanceProfile: group({ arn: text('IamInstanceProfile.Arn'), name: text('IamInstanceProfile.Name') }),
    monitoring: group({ enabled: text('Monitoring.Enabled') }),
    placement: group({ availabilityZone: text('Placement.AvailabilityZone') }),
    metadataOptions: group({
      httpTokens: text('MetadataOptions.HttpTokens'),
      httpEndpoint: text('MetadataOptions.HttpEndpoint'),
      httpPutResponseHopLimit: text('MetadataOptions.HttpPutResponseHopLimit'),
      instanceMetadataTags: text('MetadataOptions.InstanceMetadataTags'),
    }),
    ...(groups.length === 0 ? {} : { securityGroupIdSet: { item: groups } }),
    networkInterfaceSet: set(
      params.structures('NetworkInterface', (prefix) => ({
        deviceIndex: text(`${prefix}DeviceIndex`),
        associatePublicIpAddress: text(`${prefix}AssociatePublicIpAddress`),
        deleteOnTermination: text(`${prefix}DeleteOnTermination`),
        subnetId: text(`${prefix}SubnetId`),
        groupSet: { groupId: params.list(`${prefix}SecurityGroupId`) },
      })),
    ),
    blockDeviceMappingSet: set(
      params.structures('BlockDeviceMapping', (prefix) => ({
        deviceName: text(`${prefix}DeviceName`),
        ebs: {
          deleteOnTermination: text(`${prefix}Ebs.DeleteOnTermination`),
          encrypted: text(`${prefix}Ebs.Encrypted`),
          volumeSize: text(`${prefix}Ebs.VolumeSize`),
          volumeType: text(`${prefix}Ebs.VolumeType`),
        },
      })),
    ),
    tagSpecificationSet: set(
      params
        .tagsOf(['instance', 'volume', 'network-interface'])
        .map(({ type, tags }) => ({ resourceType: type, tagSet: tagSet(tags) })),
    ),
  };
}
