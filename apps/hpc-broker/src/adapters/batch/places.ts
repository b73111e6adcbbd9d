import type { ComputeEnvironmentDetail, JobQueueDetail } from '@aws-sdk/client-batch';
import type { OfferDetails, Use } from '../../domain/planner/settings.ts';
import type { BatchClient } from './batch-client.ts';
import type { BatchJobs } from './settings.ts';

/** What the queues and the compute environments behind them are, as AWS says. */
export interface Places {
  cores: number;
  /** Why nothing would start there. */
  closed: string | undefined;
  offer: OfferDetails;
}

/** Of EC2 instances their own memory and GPUs count. */
export const PLENTY = 1_000_000_000;

export async function readPlaces(client: BatchClient, jobs: BatchJobs): Promise<Places> {
  const { onDemand, spot, multiNode } = jobs.queues;
  const names = [onDemand, spot, multiNode].filter((name) => name !== undefined);
  const queues = await client.queues([...new Set(names)]);
  const environments = await client.environments([...new Set(queues.flatMap(environmentsOf))]);
  const own = (name: string | undefined): ComputeEnvironmentDetail[] => {
    const queue = queues.find(
      ({ jobQueueName, jobQueueArn }) => name === jobQueueName || name === jobQueueArn,
    );
    const arns = queue === undefined ? [] : environmentsOf(queue);
    return environments.filter(({ computeEnvironmentArn }) => arns.includes(computeEnvironmentArn ?? ''));
  };
  const vcpus = environments.reduce((sum, one) => sum + (one.computeResources?.maxvCpus ?? 0), 0);
  return {
    cores: Math.floor(vcpus / jobs.vcpusPerCore),
    closed: closedBy(names, queues, environments),
    offer: {
      purchase: spot === undefined ? ['on-demand'] : ['on-demand', 'spot'],
      instanceTypesFor: typesByUse({
        'on-demand': own(onDemand),
        spot: own(spot),
        gang: own(multiNode),
      }),
      ...(multiNode === undefined ? { gangs: false } : {}),
      ...nearnessOf(own(multiNode)),
    },
  };
}

const environmentsOf = ({ computeEnvironmentOrder = [] }: JobQueueDetail): string[] =>
  computeEnvironmentOrder.flatMap(({ computeEnvironment }) => computeEnvironment ?? []);

function closedBy(
  names: readonly string[],
  queues: readonly JobQueueDetail[],
  environments: readonly ComputeEnvironmentDetail[],
): string | undefined {
  for (const name of names) {
    const queue = queues.find(
      ({ jobQueueName, jobQueueArn }) => name === jobQueueName || name === jobQueueArn,
    );
    if (queue === undefined) return `there is no job queue ${name}`;
    if (queue.state !== 'ENABLED') return `the job queue ${name} is ${queue.state}`;
    if (queue.status !== 'VALID')
      return `the job queue ${name} is ${queue.status}: ${queue.statusReason ?? ''}`;
  }
  const broken = environments.find(({ status }) => status === 'INVALID');
  if (broken === undefined) return undefined;
  return `the compute environment ${broken.computeEnvironmentName} is INVALID: ${broken.statusReason ?? ''}`;
}

/** A job is planned and priced on what the queue has that it goes to. */
function typesByUse(
  environments: Readonly<Record<Use, readonly ComputeEnvironmentDetail[]>>,
): NonNullable<OfferDetails['instanceTypesFor']> {
  return Object.fromEntries(
    Object.entries(environments).flatMap(([use, all]) => {
      const types = typesOf(all);
      return types === undefined ? [] : [[use, types]];
    }),
  );
}

/** Types, or families of them; undefined: any, as where one environment takes any, so does its queue. */
function typesOf(environments: readonly ComputeEnvironmentDetail[]): string[] | undefined {
  const types = environments.flatMap(({ computeResources }) => computeResources?.instanceTypes ?? []);
  const isAny = types.some((type) => type === 'optimal' || type.startsWith('default_'));
  return isAny || types.length === 0 ? undefined : [...new Set(types)];
}

function nearnessOf(
  environments: readonly ComputeEnvironmentDetail[],
): Pick<OfferDetails, 'zones' | 'placementGroup'> {
  const [first] = environments;
  if (first === undefined) return { placementGroup: false };
  return {
    zones: first.computeResources?.subnets?.length ?? 1,
    placementGroup: first.computeResources?.placementGroup !== undefined,
  };
}
