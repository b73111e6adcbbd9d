import type { Cloud } from '../ec2/time/cloud.ts';
import { autoScalingError } from './error.ts';

/** Of a comma-separated list; all of one VPC. */
export function readSubnets(cloud: Cloud, region: string, list: string): string[] {
  const ids = list.split(',').map((id) => id.trim());
  const subnets = ids.map((id) => {
    const subnet = cloud.items.find('subnet', region, id);
    if (subnet === undefined) throw autoScalingError.invalid(`The subnet ID '${id}' does not exist`);
    return subnet;
  });
  if (new Set(subnets.map(({ vpcId }) => vpcId)).size > 1)
    throw autoScalingError.invalid('The subnets are not all of one VPC.');
  return ids;
}

export function zonesOf(cloud: Cloud, region: string, subnets: readonly string[]): string[] {
  const zones = subnets.map((id) => cloud.items.find('subnet', region, id)?.zone);
  return [...new Set(zones.filter((zone) => zone !== undefined))].toSorted();
}
