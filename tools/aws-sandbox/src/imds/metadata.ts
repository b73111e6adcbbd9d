import { privateName } from '../ec2/instances/render.ts';
import type { Instance } from '../ec2/instances/instance.ts';
import { ACCOUNT } from '../ec2/items.ts';
import type { Cloud } from '../ec2/time/cloud.ts';

/** Of which a role's credentials are good, in ms. */
const CREDENTIALS_MS = 6 * 3_600_000;

export interface Described {
  cloud: Cloud;
  region: string;
  instance: Instance;
  /** Where its group wants it to be; undefined for an instance of no group. */
  targetState: string | undefined;
}

/**
 * What is below `latest/meta-data/`, by path; undefined values are not there (404). Directories end with `/` and list
 * what is in them. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-metadata.html
 */
export function metadataOf(described: Described): Record<string, string | undefined> {
  const { cloud, region, instance, targetState } = described;
  const card = cloud.items.find('interface', region, instance.interfaceId);
  const name = privateName(region, instance.privateIp);
  const leaves: Record<string, string | undefined> = {
    'ami-id': instance.imageId,
    'ami-launch-index': String(instance.index),
    'autoscaling/target-lifecycle-state': targetState,
    hostname: name,
    'instance-id': instance.id,
    'instance-life-cycle': 'on-demand',
    'instance-type': instance.type,
    'local-hostname': name,
    'local-ipv4': instance.privateIp,
    mac: instance.mac,
    'placement/availability-zone': instance.zone,
    'placement/region': region,
    'public-ipv4': card?.association?.publicIp,
    'reservation-id': instance.reservation,
    ...ofRole(cloud, instance),
    ...(instance.tagsInMetadata
      ? Object.fromEntries(instance.tags.map(({ key, value }) => [`tags/instance/${key}`, value]))
      : {}),
  };
  return { ...directories(leaves), ...leaves };
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-identity-documents.html, without its signature. */
export function identityDocument({ region, instance }: Described): string {
  return JSON.stringify(
    {
      accountId: ACCOUNT,
      architecture: 'x86_64',
      availabilityZone: instance.zone,
      imageId: instance.imageId,
      instanceId: instance.id,
      instanceType: instance.type,
      pendingTime: new Date(instance.launched).toISOString().replace(/\.\d+Z$/, 'Z'),
      privateIp: instance.privateIp,
      region,
      version: '2017-09-30',
    },
    undefined,
    2,
  );
}

/** The role has the name of the profile: there is no IAM that would tell it. */
function ofRole(cloud: Cloud, { profile }: Instance): Record<string, string> {
  if (profile === undefined) return {};
  const at = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    'iam/info': JSON.stringify({ Code: 'Success', InstanceProfileArn: profile.arn }),
    [`iam/security-credentials/${profile.name}`]: JSON.stringify({
      Code: 'Success',
      LastUpdated: at(cloud.now),
      Type: 'AWS-HMAC',
      AccessKeyId: 'sandbox',
      SecretAccessKey: 'sandbox',
      Token: 'sandbox',
      Expiration: at(cloud.now + CREDENTIALS_MS),
    }),
  };
}

function directories(leaves: Record<string, string | undefined>): Record<string, string> {
  const members = new Map<string, Set<string>>();
  for (const [path, value] of Object.entries(leaves)) {
    if (value === undefined) continue;
    const parts = path.split('/');
    for (const [i, part] of parts.entries()) {
      const parent = parts.slice(0, i).map((one) => `${one}/`);
      const inside = members.get(parent.join('')) ?? new Set();
      members.set(parent.join(''), inside.add(i === parts.length - 1 ? part : `${part}/`));
    }
  }
  return Object.fromEntries([...members].map(([path, inside]) => [path, [...inside].toSorted().join('\n')]));
}
