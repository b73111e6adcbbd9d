import { randomUUID } from 'node:crypto';
import type { Database } from '../../state.ts';
import { ACCOUNT, arnOf, nameIn } from '../arn.ts';
import { batchError } from '../error.ts';
import { pageOf } from '../pages.ts';
import { read } from '../request.ts';
import type { Times } from '../settings.ts';
import {
  checkResources,
  CreateComputeEnvironment,
  DescribeComputeEnvironments,
  UpdateComputeEnvironment,
  type ComputeResources,
} from './environment-shapes.ts';
import { Items } from './items.ts';

export interface Environment {
  name: string;
  type: 'MANAGED' | 'UNMANAGED';
  state: 'ENABLED' | 'DISABLED';
  resources?: ComputeResources | undefined;
  serviceRole?: string | undefined;
  tags: Record<string, string>;
  uuid: string;
  /** VALID since; until then CREATING or UPDATING. In ms since the epoch. */
  validAt: number;
  changing: 'CREATING' | 'UPDATING';
}

/** Per account and region. https://docs.aws.amazon.com/batch/latest/userguide/service_limits.html */
const MOST = 50;
const PAGE = 100;
const NOT_HERE = ['eksConfiguration', 'unmanagedvCpus', 'context'];
export class ComputeEnvironments {
  readonly #items: Items<Environment>;
  readonly #times: () => Times;
  readonly #now: () => number;

  constructor(db: Database, times: () => Times, now: () => number) {
    this.#items = new Items(db, 'compute-environment');
    this.#times = times;
    this.#now = now;
  }

  create(body: unknown, region: string) {
    const asked = read(CreateComputeEnvironment, body, NOT_HERE);
    const name = asked.computeEnvironmentName;
    if (this.#items.find(region, name) !== undefined) throw batchError.client('Object already exists');
    if (this.#items.list(region).length >= MOST)
      throw batchError.client(`At most ${MOST} compute environments`);
    if (asked.type === 'MANAGED' && asked.computeResources === undefined) {
      throw batchError.client('computeResources is required for a MANAGED compute environment');
    }
    if (asked.computeResources !== undefined) checkResources(asked.computeResources);
    this.#items.put(region, name, {
      name,
      type: asked.type,
      state: asked.state,
      resources: asked.computeResources,
      serviceRole: asked.serviceRole,
      tags: asked.tags,
      uuid: randomUUID(),
      validAt: this.#now() + this.#times().resourceMs,
      changing: 'CREATING',
    });
    return {
      computeEnvironmentName: name,
      computeEnvironmentArn: arnOf('compute-environment', region, name),
    };
  }

  describe(body: unknown, region: string) {
    const asked = read(DescribeComputeEnvironments, body);
    const wanted = asked.computeEnvironments?.map((one) => nameIn('compute-environment', region, one));
    const found = this.#items.list(region).filter(({ name }) => wanted?.includes(name) ?? true);
    const { page, next } = pageOf('computeEnvironments', found, asked, PAGE);
    return { computeEnvironments: page.map((one) => this.#render(one, region)), ...next };
  }

  update(body: unknown, region: string) {
    const asked = read(UpdateComputeEnvironment, body, ['updatePolicy', 'unmanagedvCpus', 'context']);
    const item = this.get(asked.computeEnvironment, region);
    if (!this.isValid(item)) throw batchError.client('Cannot update, resource is being modified.');
    const resources =
      item.resources && ({ ...item.resources, ...asked.computeResources } as ComputeResources);
    if (resources !== undefined) checkResources(resources);
    this.#items.put(region, item.name, {
      ...item,
      state: asked.state ?? item.state,
      resources,
      serviceRole: asked.serviceRole ?? item.serviceRole,
      validAt: this.#now() + this.#times().resourceMs,
      changing: 'UPDATING',
    });
    return {
      computeEnvironmentName: item.name,
      computeEnvironmentArn: arnOf('compute-environment', region, item.name),
    };
  }

  /** `users`: queues that have it. It has to be DISABLED, and nobody's. */
  remove(reference: string, region: string, users: readonly string[]): object {
    const name = nameIn('compute-environment', region, reference);
    const item = this.#items.find(region, name);
    if (item === undefined) return {};
    if (item.state !== 'DISABLED') throw batchError.client('Cannot delete, state must be in [DISABLED]');
    if (users.length > 0) throw batchError.client('Cannot delete, found existing JobQueue relationship');
    if (!this.isValid(item)) throw batchError.client('Cannot delete, resource is being modified.');
    this.#items.remove(region, name);
    return {};
  }

  find(name: string, region: string): Environment | undefined {
    return this.#items.find(region, name);
  }

  get(reference: string, region: string): Environment {
    const item = this.#items.find(region, nameIn('compute-environment', region, reference));
    if (item === undefined) throw batchError.client(`${reference} does not exist`);
    return item;
  }

  isValid({ validAt }: Environment): boolean {
    return validAt <= this.#now();
  }

  #render(item: Environment, region: string) {
    const valid = this.isValid(item);
    return {
      computeEnvironmentName: item.name,
      computeEnvironmentArn: arnOf('compute-environment', region, item.name),
      ecsClusterArn: `arn:aws:ecs:${region}:${ACCOUNT}:cluster/AWSBatch-${item.name}-${item.uuid}`,
      tags: item.tags,
      type: item.type,
      state: item.state,
      status: valid ? 'VALID' : item.changing,
      ...(valid && { statusReason: 'ComputeEnvironment Healthy' }),
      computeResources: item.resources,
      serviceRole: item.serviceRole,
      containerOrchestrationType: 'ECS',
      uuid: item.uuid,
    };
  }
}
