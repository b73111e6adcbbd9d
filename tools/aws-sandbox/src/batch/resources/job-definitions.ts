import { z } from 'zod';
import type { Database } from '../../state.ts';
import { arnOf, nameIn } from '../arn.ts';
import { batchError } from '../error.ts';
import { pageOf } from '../pages.ts';
import { Name, read, Tags } from '../request.ts';
import { Items } from './items.ts';
import { ContainerProperties, NodeProperties, RetryStrategy, Timeout } from './job-shapes.ts';
import { rangesOfNodes } from './node-ranges.ts';

const Register = z.object({
  jobDefinitionName: Name,
  type: z.enum(['container', 'multinode']),
  parameters: z.record(z.string(), z.string()).default({}),
  containerProperties: ContainerProperties.optional(),
  nodeProperties: NodeProperties.optional(),
  retryStrategy: RetryStrategy.optional(),
  timeout: Timeout.optional(),
  propagateTags: z.boolean().default(false),
  platformCapabilities: z
    .array(z.enum(['EC2', 'FARGATE']))
    .length(1)
    .optional(),
  tags: Tags,
});

const Describe = z.object({
  jobDefinitions: z.array(z.string()).max(100).optional(),
  jobDefinitionName: z.string().optional(),
  status: z.enum(['ACTIVE', 'INACTIVE']).optional(),
  maxResults: z.int().optional(),
  nextToken: z.string().optional(),
});

export interface Definition extends Omit<z.infer<typeof Register>, 'jobDefinitionName'> {
  name: string;
  revision: number;
  status: 'ACTIVE' | 'INACTIVE';
}

/** https://docs.aws.amazon.com/batch/latest/userguide/service_limits.html */
const MOST_BYTES = 24 * 1024;
const PAGE = 100;
const NOT_HERE = ['eksProperties', 'ecsProperties', 'consumableResourceProperties', 'schedulingPriority'];

export class JobDefinitions {
  readonly #items: Items<Definition>;

  constructor(db: Database) {
    this.#items = new Items(db, 'job-definition');
  }

  register(body: unknown, region: string) {
    const { jobDefinitionName: name, ...asked } = read(Register, body, NOT_HERE);
    if (Buffer.byteLength(JSON.stringify(body)) > MOST_BYTES) {
      throw batchError.client(`A job definition has at most ${MOST_BYTES} bytes`);
    }
    check(asked);
    const revision = Math.max(0, ...this.#revisionsOf(name, region).map((one) => one.revision)) + 1;
    const definition: Definition = { ...asked, name, revision, status: 'ACTIVE' };
    this.#put(definition, region);
    return {
      jobDefinitionName: name,
      jobDefinitionArn: arnOfDefinition(definition, region),
      revision,
    };
  }

  describe(body: unknown, region: string) {
    const asked = read(Describe, body);
    const wanted = asked.jobDefinitions?.map((one) => nameIn('job-definition', region, one));
    const name = asked.jobDefinitionName;
    const found = this.#items
      .list(region)
      .filter(
        (one) =>
          (wanted?.some((ref) => ref === `${one.name}:${one.revision}` || ref === one.name) ?? true) &&
          (name === undefined || one.name === name) &&
          (asked.status === undefined || one.status === asked.status),
      )
      .toSorted((a, b) => (a.name === b.name ? b.revision - a.revision : a.name < b.name ? -1 : 1));
    const { page, next } = pageOf('jobDefinitions', found, asked, PAGE);
    return { jobDefinitions: page.map((one) => render(one, region)), ...next };
  }

  /** By its revision. It can be described still, but nothing can be submitted with it. */
  deregister(reference: string, region: string): object {
    const key = nameIn('job-definition', region, reference);
    const item = this.#items.find(region, key);
    if (item === undefined)
      throw batchError.client(`JobDefinition ${reference} does not exist or has no revision`);
    this.#put({ ...item, status: 'INACTIVE' }, region);
    return {};
  }

  /** For a submission: by revision, or the latest active one. */
  active(reference: string, region: string): Definition {
    const key = nameIn('job-definition', region, reference);
    const found = key.includes(':')
      ? this.#items.find(region, key)
      : this.#revisionsOf(key, region).findLast(({ status }) => status === 'ACTIVE');
    if (found === undefined) throw batchError.client(`Job definition ${reference} does not exist`);
    if (found.status !== 'ACTIVE') throw batchError.client(`JobDefinition ${reference} is not active`);
    return found;
  }

  #revisionsOf(name: string, region: string): Definition[] {
    return this.#items.list(region).filter((one) => one.name === name);
  }

  #put(definition: Definition, region: string): void {
    this.#items.put(region, `${definition.name}:${definition.revision}`, definition);
  }
}

export function arnOfDefinition({ name, revision }: Definition, region: string): string {
  return arnOf('job-definition', region, `${name}:${revision}`);
}

export const platformOf = ({ platformCapabilities }: Pick<Definition, 'platformCapabilities'>) =>
  platformCapabilities?.[0] ?? 'EC2';

function check(asked: Omit<z.infer<typeof Register>, 'jobDefinitionName'>): void {
  const { type, containerProperties, nodeProperties } = asked;
  if (type === 'container') {
    if (containerProperties === undefined) throw batchError.client('containerProperties is required');
    if (nodeProperties !== undefined) throw batchError.client('nodeProperties is for type multinode only');
    return checkContainer(containerProperties);
  }
  if (nodeProperties === undefined) throw batchError.client('nodeProperties is required');
  if (containerProperties !== undefined)
    throw batchError.client('containerProperties is for type container only');
  if (platformOf(asked) === 'FARGATE')
    throw batchError.client('multinode is not supported on Fargate resources');
  if (nodeProperties.mainNode >= nodeProperties.numNodes) {
    throw batchError.client('mainNode must be less than numNodes');
  }
  for (const { container } of nodeProperties.nodeRangeProperties) checkContainer(container);
  rangesOfNodes(
    nodeProperties.nodeRangeProperties.map(({ targetNodes }) => targetNodes),
    nodeProperties.numNodes,
  );
}

/** A vCPU and memory there must be, each said once. */
function checkContainer(container: ContainerProperties): void {
  for (const [type, older] of [
    ['VCPU', 'vcpus'],
    ['MEMORY', 'memory'],
  ] as const) {
    const requirement = container.resourceRequirements.find((one) => one.type === type);
    if (requirement === undefined && container[older] === undefined) {
      throw batchError.client(`Container properties should specify ${older}`);
    }
    if (requirement !== undefined && container[older] !== undefined) {
      throw batchError.client(`${older} is specified twice`);
    }
    if (requirement !== undefined && !(Number(requirement.value) > 0)) {
      throw batchError.client(`resourceRequirements: ${type} of ${requirement.value}`);
    }
  }
}

function render(one: Definition, region: string) {
  const { name, revision, status, timeout, ...rest } = one;
  return {
    jobDefinitionName: name,
    jobDefinitionArn: arnOfDefinition(one, region),
    revision,
    status,
    ...(timeout?.attemptDurationSeconds !== undefined && { timeout }),
    ...rest,
    platformCapabilities: [platformOf(one)],
    containerOrchestrationType: 'ECS',
  };
}
