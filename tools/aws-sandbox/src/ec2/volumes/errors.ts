import { AwsError } from '../../http/aws-error.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
export const volumeError = {
  absent: (id: string) => new AwsError(400, 'InvalidVolume.NotFound', `The volume '${id}' does not exist.`),
  malformed: (id: string) =>
    new AwsError(400, 'InvalidParameterValue', `Value (${id}) for parameter volumeId is invalid.`),
  incorrectState: (reason: string) => new AwsError(400, 'IncorrectState', reason),
  inUse: (reason: string) => new AwsError(400, 'VolumeInUse', reason),
  zoneMismatch: (volume: string, instance: string) =>
    new AwsError(
      400,
      'InvalidVolume.ZoneMismatch',
      `The volume '${volume}' is not in the same availability zone as instance '${instance}'`,
    ),
  zoneUnknown: (zone: string) =>
    new AwsError(400, 'InvalidZone.NotFound', `The zone '${zone}' does not exist.`),
  /** Errors of the server, which a client may try again. */
  noCapacity: (zone: string) =>
    new AwsError(
      500,
      'InsufficientVolumeCapacity',
      `There is not enough capacity to fulfill your EBS volume provision request in ${zone}.`,
    ),
  unavailable: (zone: string) =>
    new AwsError(503, 'Unavailable', `The server cannot handle the request: ${zone} does not answer.`),
  snapshotAbsent: (id: string) =>
    new AwsError(400, 'InvalidSnapshot.NotFound', `The snapshot '${id}' does not exist.`),
};
