import { AwsError, notImplemented } from '../../http/aws-error.ts';
import { ec2Error } from '../error.ts';
import { ACCOUNT } from '../items.ts';
import type { Params, Tag } from '../params.ts';
import { checkTags } from '../tag-rules.ts';
import { checkUserData } from './user-data.ts';

/** What is launched: from parameters of RunInstances, of a launch template, or of both. */
export interface LaunchSpec {
  imageId: string;
  type: string;
  subnetId?: string | undefined;
  zone?: string | undefined;
  groups: string[];
  keyName?: string | undefined;
  profile?: { arn: string; name: string } | undefined;
  userData?: string | undefined;
  monitored: boolean;
  tagsInMetadata: boolean;
  hopLimit: number;
  /** Whether it gets a public address that is not the account's. */
  publicIp: boolean;
  /** Of the instance. */
  tags: Tag[];
}

/** Of both RunInstances and launch templates; members that are not here are refused by name. */
export const LAUNCH_PARAMETERS = [
  'ImageId',
  'InstanceType',
  'KeyName',
  'UserData',
  'SecurityGroupId',
  'TagSpecification',
  'IamInstanceProfile.Arn',
  'IamInstanceProfile.Name',
  'Monitoring.Enabled',
  'EbsOptimized',
  'Placement.AvailabilityZone',
  'MetadataOptions.HttpTokens',
  'MetadataOptions.HttpEndpoint',
  'MetadataOptions.HttpPutResponseHopLimit',
  'MetadataOptions.InstanceMetadataTags',
  'NetworkInterface.DeviceIndex',
  'NetworkInterface.AssociatePublicIpAddress',
  'NetworkInterface.SubnetId',
  'NetworkInterface.SecurityGroupId',
  'NetworkInterface.DeleteOnTermination',
  'BlockDeviceMapping.DeviceName',
  'BlockDeviceMapping.Ebs.DeleteOnTermination',
  'BlockDeviceMapping.Ebs.Encrypted',
  'BlockDeviceMapping.Ebs.VolumeSize',
  'BlockDeviceMapping.Ebs.VolumeType',
];

const IMAGE = /^ami-([0-9a-f]{8}|[0-9a-f]{17})$/;
const TYPE = /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/;
const ROOT_DEVICES = ['/dev/xvda', '/dev/sda1'];

/** Checks and reads them. Images, key pairs and roles are not looked up. */
export function readLaunchSpec(params: Params): LaunchSpec {
  const imageId = params.required('ImageId');
  if (!IMAGE.test(imageId)) throw new AwsError(400, 'InvalidAMIID.Malformed', `Invalid id: "${imageId}"`);
  // What the API documents as the default, however old it is.
  const type = params.text('InstanceType') ?? 'm1.small';
  if (!TYPE.test(type)) throw ec2Error.invalid('instanceType', type, 'It is not an instance type.');
  const tokens = params.oneOf('MetadataOptions.HttpTokens', ['required', 'optional'], 'required');
  if (tokens === 'optional') throw notImplemented('IMDSv1 (MetadataOptions.HttpTokens=optional)');
  if (params.oneOf('MetadataOptions.HttpEndpoint', ['enabled', 'disabled'], 'enabled') === 'disabled')
    throw notImplemented('MetadataOptions.HttpEndpoint=disabled');
  refuseOtherDevices(params);
  return {
    imageId,
    type,
    ...readNetwork(params),
    zone: params.text('Placement.AvailabilityZone'),
    keyName: params.text('KeyName'),
    profile: readProfile(params),
    userData: checkUserData(params.text('UserData')),
    monitored: params.flag('Monitoring.Enabled'),
    tagsInMetadata:
      params.oneOf('MetadataOptions.InstanceMetadataTags', ['enabled', 'disabled'], 'disabled') === 'enabled',
    hopLimit: params.integer('MetadataOptions.HttpPutResponseHopLimit', 1, 64) ?? 2,
    tags: checkTags(
      params
        .tagsOf(['instance', 'volume', 'network-interface'])
        .filter(({ type: of }) => of === 'instance')
        .flatMap(({ tags }) => tags),
    ),
  };
}

/** Subnet and groups are told either of the instance or of its one interface. */
function readNetwork(params: Params): Pick<LaunchSpec, 'subnetId' | 'groups' | 'publicIp'> {
  const cards = params.structures('NetworkInterface', (prefix) => prefix);
  const subnetId = params.text('SubnetId');
  const groups = params.list('SecurityGroupId');
  const [card, second] = cards;
  if (card === undefined) return { subnetId, groups, publicIp: false };
  if (second !== undefined) throw notImplemented('a second network interface');
  const cardGroups = params.list(`${card}SecurityGroupId`);
  if (groups.length > 0 || subnetId !== undefined) {
    throw ec2Error.notCombined(
      'Network interfaces and an instance-level subnet ID or security groups may not be specified on the same request',
    );
  }
  return {
    subnetId: params.text(`${card}SubnetId`),
    groups: cardGroups,
    publicIp: params.flag(`${card}AssociatePublicIpAddress`),
  };
}

function readProfile(params: Params): LaunchSpec['profile'] {
  const [arn, name] = [params.text('IamInstanceProfile.Arn'), params.text('IamInstanceProfile.Name')];
  if (arn !== undefined && name !== undefined)
    throw ec2Error.notCombined('The parameter iamInstanceProfile takes either an ARN or a name');
  if (name !== undefined) return { arn: `arn:aws:iam::${ACCOUNT}:instance-profile/${name}`, name };
  if (arn === undefined) return undefined;
  const found = /^arn:aws:iam::\d{12}:instance-profile\/(?:.*\/)?([\w+=,.@-]+)$/.exec(arn);
  if (found === null) {
    throw ec2Error.invalid('iamInstanceProfile.arn', arn, 'Invalid IAM Instance Profile ARN');
  }
  return { arn, name: found[1] ?? '' };
}

/** The root device is not a volume here; what is said of it is taken, as it changes nothing that can be seen. */
function refuseOtherDevices(params: Params): void {
  for (const prefix of params.structures('BlockDeviceMapping', (one) => one)) {
    const device = params.required(`${prefix}DeviceName`);
    if (!ROOT_DEVICES.includes(device)) throw notImplemented(`a block device mapping of ${device}`);
  }
}
