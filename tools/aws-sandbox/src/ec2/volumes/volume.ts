import type { Item } from '../kinds.ts';

/** Of a volume that is with an instance; times in ms of the clock. */
export interface Attachment {
  instanceId: string;
  device: string;
  state: 'attaching' | 'attached' | 'detaching';
  since: number;
  until?: number | undefined;
  /** Whatever the instance does with it. */
  forced?: boolean;
  deleteOnTermination: boolean;
}

/** https://docs.aws.amazon.com/ebs/latest/userguide/ebs-describing-volumes.html#volume-state */
export interface Volume extends Item {
  zone: string;
  /** GiB. */
  size: number;
  type: VolumeType;
  encrypted: boolean;
  kmsKeyId?: string | undefined;
  snapshotId?: string | undefined;
  iops?: number | undefined;
  /** MiB/s. */
  throughput?: number | undefined;
  created: number;
  state: 'creating' | 'available' | 'in-use' | 'deleting';
  until?: number | undefined;
  attachment?: Attachment | undefined;
  /** Whether the instance has a file system of it mounted. */
  mounted: boolean;
  clientToken?: string | undefined;
  fingerprint: string;
}

/** GiB, as API_CreateVolume has them. */
export const SIZES = {
  gp2: [1, 16_384],
  gp3: [1, 65_536],
  io1: [4, 16_384],
  io2: [4, 65_536],
  st1: [125, 16_384],
  sc1: [125, 16_384],
  standard: [1, 1_024],
} as const;
export type VolumeType = keyof typeof SIZES;

export interface Snapshot extends Item {
  volumeId: string;
  /** Of the volume. */
  zone: string;
  size: number;
  encrypted: boolean;
  kmsKeyId?: string | undefined;
  description: string;
  started: number;
  state: 'pending' | 'completed' | 'error';
  until?: number | undefined;
}
