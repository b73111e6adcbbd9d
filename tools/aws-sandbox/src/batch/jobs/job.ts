export type Status = 'SUBMITTED' | 'PENDING' | 'RUNNABLE' | 'STARTING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED';

export const STATUSES: readonly Status[] = [
  'SUBMITTED',
  'PENDING',
  'RUNNABLE',
  'STARTING',
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
];

export interface Dependency {
  jobId?: string | undefined;
  type?: 'N_TO_N' | 'SEQUENTIAL' | undefined;
}

export interface RetryRule {
  onStatusReason?: string | undefined;
  onReason?: string | undefined;
  onExitCode?: string | undefined;
  action: 'RETRY' | 'EXIT';
}

export interface RetryStrategy {
  attempts: number;
  evaluateOnExit: RetryRule[];
}

export interface NameValue {
  name: string;
  value: string;
}

export interface Requirement {
  type: 'VCPU' | 'MEMORY' | 'GPU';
  value: string;
}

/** What runs: the definition's properties with the overrides of the submission in them. */
export interface ContainerSpec {
  image?: string | undefined;
  command: string[];
  environment: NameValue[];
  resourceRequirements: Requirement[];
  vcpus?: number | undefined;
  memory?: number | undefined;
  instanceType?: string | undefined;
  /** All else is kept as it came and shown again. */
  [other: string]: unknown;
}

export interface NodesSpec {
  numNodes: number;
  mainNode: number;
  /** Of every node, by its index: which of `containers` it is. */
  containerOf: number[];
  containers: { targetNodes: string; container: ContainerSpec; instanceTypes: string[] }[];
}

/** What was submitted. An array's children and a multi-node job's nodes have that of their parent. */
export interface JobSpec {
  name: string;
  /** ARNs. */
  queue: string;
  definition: string;
  platform: 'EC2' | 'FARGATE';
  parameters: Record<string, string>;
  dependsOn: Dependency[];
  arraySize?: number | undefined;
  container?: ContainerSpec | undefined;
  nodes?: NodesSpec | undefined;
  retryStrategy?: RetryStrategy | undefined;
  timeoutSeconds?: number | undefined;
  tags: Record<string, string>;
  propagateTags: boolean;
}

/** How one attempt went; times in ms since the epoch. */
export interface Attempt {
  startedAt?: number | undefined;
  stoppedAt?: number | undefined;
  statusReason?: string | undefined;
  exitCode?: number | undefined;
  /** Of the container, such as `OutOfMemoryError: …`. */
  reason?: string | undefined;
  taskArn: string;
  containerInstanceArn?: string | undefined;
  logStreamName?: string | undefined;
  privateAddress?: string | undefined;
}

/** Where an attempt is, while it is STARTING or RUNNING. */
export interface Placement {
  /** Names: of the environment, and of the machine. */
  environment: string;
  instanceId: string;
  vcpus: number;
}

/** Why a job is coming to its end before its container is. */
export interface Ending {
  kind: 'cancelled' | 'terminated' | 'timed-out' | 'main-node-ended' | 'host-terminated';
  reason: string;
}

/** What a job waits for on its own; when, in ms since the epoch. */
export type AlarmKind = 'step' | 'exit' | 'timeout' | 'kill' | 'host' | 'limit' | 'forget';

export type Role = 'single' | 'array' | 'child' | 'multinode' | 'node';

export interface Job {
  id: string;
  region: string;
  role: Role;
  /** Of a child or a node. */
  parent?: string | undefined;
  index?: number | undefined;
  spec: JobSpec;
  /** In the order of submission. */
  seq: number;
  status: Status;
  statusReason?: string | undefined;
  createdAt: number;
  startedAt?: number | undefined;
  stoppedAt?: number | undefined;
  attempts: Attempt[];
  placement?: Placement | undefined;
  ending?: Ending | undefined;
  isCancelled?: boolean | undefined;
  isTerminated?: boolean | undefined;
  /** When it became RUNNABLE, and since when it is blocked at the head of its queue and why. */
  runnableAt?: number | undefined;
  blocked?: { since: number; reason: string } | undefined;
  /** How the scripted container of this attempt ends. */
  scripted?:
    | {
        exitCode: number;
        reason?: string | undefined;
        statusReason?: string | undefined;
        ignoresSigterm: boolean;
      }
    | undefined;
  alarms: Partial<Record<AlarmKind, number>>;
}

export const isEnded = ({ status }: Job): boolean => status === 'SUCCEEDED' || status === 'FAILED';

export const hasContainer = ({ status }: Job): boolean => status === 'STARTING' || status === 'RUNNING';

/** What one container of this job runs; undefined for a job that is only the sum of others. */
export function containerOf(job: Job): ContainerSpec | undefined {
  if (job.role !== 'node') return job.spec.container;
  const nodes = job.spec.nodes;
  return nodes?.containers[nodes.containerOf[job.index ?? 0] ?? 0]?.container;
}

/** By resourceRequirements, or by the older members. */
export function requirementOf(container: ContainerSpec, type: Requirement['type']): number {
  const value = container.resourceRequirements.find((one) => one.type === type)?.value;
  if (value !== undefined) return Number(value);
  return (type === 'VCPU' ? container.vcpus : type === 'MEMORY' ? container.memory : 0) ?? 0;
}

/** All that has to be free for it at once. */
export function vcpusOf(job: Job): number {
  const { nodes } = job.spec;
  if (job.role === 'node' || nodes === undefined) {
    const container = containerOf(job);
    return container === undefined ? 0 : requirementOf(container, 'VCPU');
  }
  return nodes.containerOf.reduce((sum, which) => {
    const container = nodes.containers[which]?.container;
    return sum + (container === undefined ? 0 : requirementOf(container, 'VCPU'));
  }, 0);
}
