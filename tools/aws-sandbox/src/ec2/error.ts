import { AwsError } from '../http/aws-error.ts';
import type { Reply } from '../http/reply.ts';
import { document } from '../http/xml.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
export const ec2Error = {
  missing: (parameter: string) =>
    new AwsError(400, 'MissingParameter', `The request must contain the parameter ${parameter}`),
  invalid: (parameter: string, value: string, reason: string) =>
    new AwsError(
      400,
      'InvalidParameterValue',
      `Value ( ${value} ) for parameter ${parameter} is invalid. ${reason}`,
    ),
  notCombined: (reason: string) => new AwsError(400, 'InvalidParameterCombination', reason),
  /** Such as `InvalidVpcID.NotFound`: each kind has a code of its own. */
  absent: (code: string, what: string) => new AwsError(400, code, `The ${what} does not exist`),
  vpcRange: (reason: string) => new AwsError(400, 'InvalidVpc.Range', reason),
  subnetRange: (cidr: string) => new AwsError(400, 'InvalidSubnet.Range', `The CIDR '${cidr}' is invalid.`),
  subnetConflict: (cidr: string) =>
    new AwsError(400, 'InvalidSubnet.Conflict', `The CIDR '${cidr}' conflicts with another subnet`),
  subnetFull: (subnet: string) =>
    new AwsError(
      400,
      'InsufficientFreeAddressesInSubnet',
      `The specified subnet does not have enough free addresses: ${subnet}`,
    ),
  addressInUse: (ip: string) => new AwsError(400, 'InvalidIPAddress.InUse', `Address ${ip} is in use.`),
  /** Something that needs it has to go first. */
  needed: (what: string) =>
    new AwsError(400, 'DependencyViolation', `The ${what} has dependencies and cannot be deleted.`),
  limit: (code: string, reason: string) => new AwsError(400, code, reason),
};

export function ec2ErrorReply(error: AwsError, requestId: string): Reply {
  return {
    status: error.status,
    headers: { 'content-type': 'text/xml;charset=UTF-8' },
    body: document('Response', {
      Errors: { Error: { Code: error.code, Message: error.message } },
      RequestID: requestId,
    }),
  };
}
