/** https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html; what has ended is not kept. */
export const LIFECYCLE_STATES = [
  'Pending',
  'Pending:Wait',
  'Pending:Proceed',
  'InService',
  'Terminating',
  'Terminating:Wait',
  'Terminating:Proceed',
] as const;
export type LifecycleState = (typeof LIFECYCLE_STATES)[number];

export const TRANSITIONS = [
  'autoscaling:EC2_INSTANCE_LAUNCHING',
  'autoscaling:EC2_INSTANCE_TERMINATING',
] as const;
export type Transition = (typeof TRANSITIONS)[number];
export type HookResult = 'CONTINUE' | 'ABANDON';

export interface LifecycleHook {
  name: string;
  transition: Transition;
  heartbeatSeconds: number;
  defaultResult: HookResult;
  metadata?: string | undefined;
}

/** A hook that an instance waits for; times in ms of the clock. */
export interface LifecycleAction {
  hook: string;
  token: string;
  heartbeatSeconds: number;
  defaultResult: HookResult;
  started: number;
  /** When the hook has timed out, unless there is a heartbeat. */
  timeout: number;
}

/** An instance of a group. */
export interface Member {
  id: string;
  type: string;
  zone: string;
  templateVersion: string;
  state: LifecycleState;
  health: 'Healthy' | 'Unhealthy';
  /** When it was put into service; ms. */
  inService?: number | undefined;
  /** When a proceeding state ends; ms. */
  until?: number | undefined;
  /** When it is replaced, of one that somebody has called unhealthy; ms. */
  replaceAt?: number | undefined;
  /** Those that it still waits for. */
  actions: LifecycleAction[];
  /** Of its launch, then of its end. */
  activity: string;
}

export interface GroupTag {
  key: string;
  value: string;
  propagate: boolean;
}

export interface Group {
  name: string;
  region: string;
  arn: string;
  created: number;
  template: { id: string; name: string; version: string };
  min: number;
  max: number;
  desired: number;
  subnets: string[];
  graceSeconds: number;
  cooldownSeconds: number;
  warmupSeconds?: number | undefined;
  terminationPolicies: string[];
  hooks: LifecycleHook[];
  tags: GroupTag[];
  members: Member[];
  /** It goes as soon as its instances have. */
  deleting: boolean;
  /** When it launches or terminates to be as large as it is to be; undefined when it is. */
  scaleAt?: number | undefined;
  /** Launches that have failed one after the other. */
  failures: number;
}

export const isLaunching = ({ state }: Member): boolean => state.startsWith('Pending');
export const isLeaving = ({ state }: Member): boolean => state.startsWith('Terminating');

/** What it is to become: it may see this in its metadata. */
export const targetState = (member: Member): 'InService' | 'Terminated' =>
  isLeaving(member) ? 'Terminated' : 'InService';

/** Negative when it has too many. What is on its way out still counts, until it is gone: one goes, then one comes. */
export function missingIn({ members, desired }: Group): number {
  const staying = members.filter((one) => !isLeaving(one)).length;
  return staying > desired ? desired - staying : Math.max(0, desired - members.length);
}
