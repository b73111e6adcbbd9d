import { AwsError } from '../../http/aws-error.ts';
import type { Cloud } from '../time/cloud.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html#api-error-codes-table-server */
export function requireCapacity(cloud: Cloud, zone: string, instanceType: string): void {
  const refused =
    cloud.zones.isLost(zone) ||
    cloud.faults.strike({ operation: 'ec2:Capacity', zone, instanceType }).length > 0;
  if (!refused) return;
  throw new AwsError(
    500,
    'InsufficientInstanceCapacity',
    `We currently do not have sufficient ${instanceType} capacity in the Availability Zone you requested (${zone}).`,
  );
}
