import type { Item } from '../kinds.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html */
export type InstanceState = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';

/** The low byte of the code that goes with a state. */
export const STATE_CODES: Readonly<Record<InstanceState, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

/** All times in ms of the clock. */
export interface Instance extends Item {
  reservation: string;
  /** Within its reservation. */
  index: number;
  clientToken?: string | undefined;
  /** Of the call that it was made by. */
  fingerprint: string;
  imageId: string;
  type: string;
  keyName?: string | undefined;
  profile?: { arn: string; name: string } | undefined;
  /** Base64. */
  userData?: string | undefined;
  monitored: boolean;
  /** Whether its tags can be read from its metadata. */
  tagsInMetadata: boolean;
  hopLimit: number;
  vpcId: string;
  subnetId: string;
  zone: string;
  groups: string[];
  interfaceId: string;
  privateIp: string;
  mac: string;
  launched: number;
  state: InstanceState;
  /** When it came to be in that state. */
  since: number;
  /** Since when it has not been running; undefined while it is. */
  notRunning?: number | undefined;
  /** When the next state is due. */
  until?: number | undefined;
  /** Why it was stopped or terminated. */
  reason?: { code: string; message: string } | undefined;
  /** Its status checks fail, and since when. */
  impairedSince?: number | undefined;
  /** What tokens of its metadata service are signed with. */
  secret: string;
}

/** Nobody will ever see it run again. */
export const isGone = ({ state }: Instance): boolean => state === 'shutting-down' || state === 'terminated';
