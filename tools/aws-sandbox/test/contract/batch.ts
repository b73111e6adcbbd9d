import {
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  DescribeComputeEnvironmentsCommand,
  DescribeJobQueuesCommand,
  DescribeJobsCommand,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
  type BatchClient,
  type ContainerProperties,
  type CreateComputeEnvironmentCommandInput,
  type JobDetail,
  type RegisterJobDefinitionCommandInput,
  type SubmitJobCommandInput,
} from '@aws-sdk/client-batch';
import { CreateSubnetCommand, CreateVpcCommand, DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2';
import type { Aws } from './contract.ts';
import { defined, eventually, uniqueName } from './helpers.ts';
import type { TargetName } from './targets.ts';

const ROLE = 'arn:aws:iam::123456789012:role/batch';
const PROFILE = 'ecsInstanceRole';

export const container = (more: Partial<ContainerProperties> = {}): ContainerProperties => ({
  image: 'busybox',
  command: ['true'],
  resourceRequirements: [
    { type: 'VCPU', value: '1' },
    { type: 'MEMORY', value: '128' },
  ],
  ...more,
});

export interface Network {
  subnet: string;
  group: string;
}

/** An account with a queue in it, and what tests say to it. */
export class BatchAccount {
  readonly aws: Aws;
  readonly network: Network;
  readonly environment: string;
  readonly queue: string;

  private constructor(aws: Aws, made: { network: Network; environment: string; queue: string }) {
    this.aws = aws;
    this.network = made.network;
    this.environment = made.environment;
    this.queue = made.queue;
  }

  /** With a queue of its own. */
  static async of(aws: Aws, target: TargetName): Promise<BatchAccount> {
    const place = await once(places, aws, () => makePlace(aws, target));
    const queue = uniqueName('queue');
    await aws.batch.send(new CreateJobQueueCommand(queueOf(queue, place.environment)));
    await validQueue(aws, queue);
    return new BatchAccount(aws, { ...place, queue });
  }

  /** For tests that do not mind whose jobs are in the queue: an account has 50 of them. */
  static shared(aws: Aws, target: TargetName): Promise<BatchAccount> {
    return once(accounts, aws, () => BatchAccount.of(aws, target));
  }

  /** The definition's name. */
  async define(more: Partial<RegisterJobDefinitionCommandInput> = {}): Promise<string> {
    const name = more.jobDefinitionName ?? uniqueName('definition');
    await this.aws.batch.send(new RegisterJobDefinitionCommand(definitionOf(name, more)));
    return name;
  }

  async submit(more: Partial<SubmitJobCommandInput> = {}): Promise<string> {
    const { jobId } = await this.trySubmit({
      jobDefinition: more.jobDefinition ?? (await this.define()),
      ...more,
    });
    return defined(jobId);
  }

  trySubmit(more: Partial<SubmitJobCommandInput>) {
    const job = { jobName: uniqueName('job'), jobQueue: this.queue, jobDefinition: 'none', ...more };
    return this.aws.batch.send(new SubmitJobCommand(job));
  }

  async describe(jobId: string): Promise<JobDetail> {
    return defined((await this.aws.batch.send(new DescribeJobsCommand({ jobs: [jobId] }))).jobs?.[0]);
  }

  ended(jobId: string): Promise<JobDetail> {
    return eventually(`the end of ${jobId}`, this.aws.patience, async () => {
      const job = await this.describe(jobId);
      return job.status === 'SUCCEEDED' || job.status === 'FAILED' ? job : undefined;
    });
  }
}

const places = new WeakMap<BatchClient, Promise<{ network: Network; environment: string }>>();
const accounts = new WeakMap<BatchClient, Promise<BatchAccount>>();

function once<T>(made: WeakMap<BatchClient, Promise<T>>, { batch }: Aws, make: () => Promise<T>): Promise<T> {
  const before = made.get(batch);
  if (before !== undefined) return before;
  const now = make();
  made.set(batch, now);
  return now;
}

async function makePlace(aws: Aws, target: TargetName): Promise<{ network: Network; environment: string }> {
  if (target === 'moto') await prepareMoto(aws.endpoint);
  const { Vpc } = await aws.ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
  const { Subnet } = await aws.ec2.send(
    new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: '10.0.0.0/24' }),
  );
  const Filters = [{ Name: 'vpc-id', Values: [defined(Vpc?.VpcId)] }];
  const { SecurityGroups } = await aws.ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
  const network = { subnet: defined(Subnet?.SubnetId), group: defined(SecurityGroups?.[0]?.GroupId) };
  const environment = uniqueName('ce');
  await aws.batch.send(new CreateComputeEnvironmentCommand(environmentOf(environment, network)));
  await validEnvironment(aws, environment);
  return { network, environment };
}

export const environmentOf = (
  name: string,
  { subnet, group }: Network,
): CreateComputeEnvironmentCommandInput => ({
  computeEnvironmentName: name,
  type: 'MANAGED',
  state: 'ENABLED',
  serviceRole: ROLE,
  computeResources: {
    type: 'EC2',
    minvCpus: 0,
    maxvCpus: 64,
    instanceTypes: ['m5.4xlarge'],
    subnets: [subnet],
    securityGroupIds: [group],
    instanceRole: PROFILE,
  },
});

export const queueOf = (name: string, ...environments: string[]) => ({
  jobQueueName: name,
  state: 'ENABLED' as const,
  priority: 1,
  computeEnvironmentOrder: environments.map((computeEnvironment, i) => ({
    order: i + 1,
    computeEnvironment,
  })),
});

export const definitionOf = (
  name: string,
  more: Partial<RegisterJobDefinitionCommandInput> = {},
): RegisterJobDefinitionCommandInput => ({
  jobDefinitionName: name,
  type: 'container',
  ...(more.type !== 'multinode' && { containerProperties: container() }),
  ...more,
});

export const validEnvironment = (aws: Aws, name: string) =>
  eventually(`${name} is VALID`, aws.patience, async () => {
    const answer = await aws.batch.send(
      new DescribeComputeEnvironmentsCommand({ computeEnvironments: [name] }),
    );
    const found = answer.computeEnvironments?.[0];
    return found?.status === 'VALID' ? found : undefined;
  });

export const validQueue = (aws: Aws, name: string) =>
  eventually(`${name} is VALID`, aws.patience, async () => {
    const answer = await aws.batch.send(new DescribeJobQueuesCommand({ jobQueues: [name] }));
    const found = answer.jobQueues?.[0];
    return found?.status === 'VALID' ? found : undefined;
  });

/** It looks for roles, which the sandbox does not, and would start containers if nobody told it not to. */
async function prepareMoto(endpoint: string): Promise<void> {
  await fetch(`${endpoint}/moto-api/config`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ batch: { use_docker: false } }),
  });
  const iam = (form: Record<string, string>) =>
    fetch(endpoint, {
      method: 'POST',
      headers: { authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/iam/aws4_request' },
      body: new URLSearchParams({ Version: '2010-05-08', ...form }),
    });
  await iam({ Action: 'CreateRole', RoleName: 'batch', AssumeRolePolicyDocument: '{}' });
  await iam({ Action: 'CreateInstanceProfile', InstanceProfileName: PROFILE });
}
