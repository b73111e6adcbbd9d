import type { Database } from '../../state.ts';
import { arnOf, nameIn } from '../arn.ts';
import { batchError } from '../error.ts';
import { pageOf } from '../pages.ts';
import { read } from '../request.ts';
import type { Times } from '../settings.ts';
import type { ComputeEnvironments, Environment } from './compute-environments.ts';
import { Items } from './items.ts';
import {
  CreateJobQueue,
  DescribeJobQueues,
  UpdateJobQueue,
  type Order,
  type TimeLimit,
} from './queue-shapes.ts';

/** https://docs.aws.amazon.com/batch/latest/userguide/service_limits.html */
const MOST = 50;
const PAGE = 100;

export interface Queue {
  name: string;
  state: 'ENABLED' | 'DISABLED';
  priority: number;
  /** In their order. */
  environments: { order: number; name: string }[];
  timeLimits: TimeLimit[];
  tags: Record<string, string>;
  validAt: number;
  changing: 'CREATING' | 'UPDATING';
}

const NOT_HERE = ['schedulingPolicyArn', 'serviceEnvironmentOrder', 'jobQueueType'];

export class JobQueues {
  readonly #items: Items<Queue>;
  readonly #environments: ComputeEnvironments;
  readonly #times: () => Times;
  readonly #now: () => number;

  constructor(db: Database, environments: ComputeEnvironments, times: () => Times, now: () => number) {
    this.#items = new Items(db, 'job-queue');
    this.#environments = environments;
    this.#times = times;
    this.#now = now;
  }

  create(body: unknown, region: string) {
    const asked = read(CreateJobQueue, body, NOT_HERE);
    const name = asked.jobQueueName;
    if (this.#items.find(region, name) !== undefined) throw batchError.client('Object already exists');
    if (this.#items.list(region).length >= MOST) throw batchError.client(`At most ${MOST} job queues`);
    this.#items.put(region, name, {
      name,
      state: asked.state,
      priority: asked.priority,
      environments: this.#ordered(asked.computeEnvironmentOrder, region),
      timeLimits: asked.jobStateTimeLimitActions,
      tags: asked.tags,
      validAt: this.#now() + this.#times().resourceMs,
      changing: 'CREATING',
    });
    return { jobQueueName: name, jobQueueArn: arnOf('job-queue', region, name) };
  }

  describe(body: unknown, region: string) {
    const asked = read(DescribeJobQueues, body);
    const wanted = asked.jobQueues?.map((one) => nameIn('job-queue', region, one));
    const found = this.#items.list(region).filter(({ name }) => wanted?.includes(name) ?? true);
    const { page, next } = pageOf('jobQueues', found, asked, PAGE);
    return { jobQueues: page.map((one) => this.#render(one, region)), ...next };
  }

  update(body: unknown, region: string) {
    const asked = read(UpdateJobQueue, body, NOT_HERE);
    const item = this.get(asked.jobQueue, region);
    if (!this.isValid(item)) throw batchError.client('Cannot update, resource is being modified.');
    this.#items.put(region, item.name, {
      ...item,
      state: asked.state ?? item.state,
      priority: asked.priority ?? item.priority,
      environments:
        asked.computeEnvironmentOrder === undefined
          ? item.environments
          : this.#ordered(asked.computeEnvironmentOrder, region),
      timeLimits: asked.jobStateTimeLimitActions ?? item.timeLimits,
      validAt: this.#now() + this.#times().resourceMs,
      changing: 'UPDATING',
    });
    return { jobQueueName: item.name, jobQueueArn: arnOf('job-queue', region, item.name) };
  }

  /** The queue that is gone, so that its jobs can be terminated; undefined when there was none. */
  remove(reference: string, region: string): Queue | undefined {
    const name = nameIn('job-queue', region, reference);
    const item = this.#items.find(region, name);
    if (item === undefined) return undefined;
    if (item.state !== 'DISABLED') throw batchError.client('Cannot delete, state must be in [DISABLED]');
    if (!this.isValid(item)) throw batchError.client('Cannot delete, resource is being modified.');
    this.#items.remove(region, name);
    return item;
  }

  get(reference: string, region: string): Queue {
    const item = this.#items.find(region, nameIn('job-queue', region, reference));
    if (item === undefined) throw batchError.client(`Job queue ${reference} does not exist`);
    return item;
  }

  find(reference: string, region: string): Queue | undefined {
    return this.#items.find(region, nameIn('job-queue', region, reference));
  }

  /** Names of the queues that have an environment. */
  usersOf(environment: string, region: string): string[] {
    const name = nameIn('compute-environment', region, environment);
    return this.#items
      .list(region)
      .flatMap((one) => (one.environments.some((other) => other.name === name) ? [one.name] : []));
  }

  environmentsOf(queue: Queue, region: string): Environment[] {
    return queue.environments.flatMap(({ name }) => this.#environments.find(name, region) ?? []);
  }

  isValid({ validAt }: Queue): boolean {
    return validAt <= this.#now();
  }

  /**
   * All on EC2 or all on Fargate, and VALID.
   * https://docs.aws.amazon.com/batch/latest/APIReference/API_CreateJobQueue.html
   */
  #ordered(order: Order, region: string): Queue['environments'] {
    const inOrder = order.toSorted((a, b) => a.order - b.order);
    const environments = inOrder.map((one) => this.#environments.get(one.computeEnvironment, region));
    if (new Set(environments.map(({ name }) => name)).size < environments.length) {
      throw batchError.client('A compute environment is there twice');
    }
    for (const one of environments) {
      if (!this.#environments.isValid(one)) throw batchError.client(`${one.name} is not VALID`);
    }
    if (new Set(environments.map(isFargate)).size > 1) {
      throw batchError.client('EC2 and Fargate compute environments cannot be mixed in a job queue');
    }
    return inOrder.map(({ order: number }, i) => ({ order: number, name: environments[i]?.name ?? '' }));
  }

  #render(item: Queue, region: string) {
    const valid = this.isValid(item);
    return {
      jobQueueName: item.name,
      jobQueueArn: arnOf('job-queue', region, item.name),
      state: item.state,
      status: valid ? 'VALID' : item.changing,
      ...(valid && { statusReason: 'JobQueue Healthy' }),
      priority: item.priority,
      computeEnvironmentOrder: item.environments.map(({ order, name }) => ({
        order,
        computeEnvironment: arnOf('compute-environment', region, name),
      })),
      serviceEnvironmentOrder: [],
      jobStateTimeLimitActions: item.timeLimits,
      tags: item.tags,
    };
  }
}

export function isFargate({ resources }: Environment): boolean {
  return resources?.type.startsWith('FARGATE') ?? false;
}
