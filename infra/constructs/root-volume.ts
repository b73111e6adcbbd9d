import { BlockDeviceVolume, EbsDeviceVolumeType, type BlockDevice } from 'aws-cdk-lib/aws-ec2';

/** The root of Amazon Linux 2023: encrypted, and gone with its instance. */
export const rootVolume = (gib: number): BlockDevice => ({
  deviceName: '/dev/xvda',
  volume: BlockDeviceVolume.ebs(gib, {
    volumeType: EbsDeviceVolumeType.GP3,
    encrypted: true,
    deleteOnTermination: true,
  }),
});
