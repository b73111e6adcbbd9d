import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { notImplemented } from '../http/aws-error.ts';
import type { Reply } from '../http/reply.ts';
import { arnOf } from './arn.ts';
import type { Batch } from './batch.ts';
import { batchError } from './error.ts';
import type { Job } from './jobs/job.ts';
import { cancel, terminate } from './lifecycle/stop.ts';
import type { World } from './lifecycle/world.ts';
import { listJobs } from './list-jobs.ts';
import { renderJob } from './render-job.ts';
import { read } from './request.ts';
import { readSubmission, specOf } from './submission.ts';
import { isFargate } from './resources/job-queues.ts';

const Describe = z.object({ jobs: z.array(z.string()).max(100, 'at most 100 jobs') });
const End = z.object({ jobId: z.string().min(1), reason: z.string().min(1).max(1024) });
const text = (member: string) => z.object({ [member]: z.string().min(1) });

/** The Batch API over HTTP. */
export class BatchService {
  readonly #batch: Batch;

  constructor(batch: Batch) {
    this.#batch = batch;
  }

  call(operation: string, json: string, region: string): Reply {
    const body = bodyOf(json);
    const result = this.#batch.engine.do((world) => {
      // More room, or another order.
      if (operation.startsWith('Update')) world.placementDue = true;
      return this.#run(world, operation, body, json, region);
    });
    this.#batch.wake();
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(result) };
  }

  #run(world: World, operation: string, body: unknown, json: string, region: string): object {
    const { environments, queues, definitions } = this.#batch;
    switch (operation) {
      case 'CreateComputeEnvironment':
        return environments.create(body, region);
      case 'DescribeComputeEnvironments':
        return environments.describe(body, region);
      case 'UpdateComputeEnvironment':
        return environments.update(body, region);
      case 'DeleteComputeEnvironment': {
        const reference = read(text('computeEnvironment'), body)['computeEnvironment'] ?? '';
        return environments.remove(reference, region, queues.usersOf(reference, region));
      }
      case 'CreateJobQueue':
        return queues.create(body, region);
      case 'DescribeJobQueues':
        return queues.describe(body, region);
      case 'UpdateJobQueue':
        return queues.update(body, region);
      case 'DeleteJobQueue':
        return this.#deleteQueue(world, read(text('jobQueue'), body)['jobQueue'] ?? '', region);
      case 'RegisterJobDefinition':
        return definitions.register(body, region);
      case 'DescribeJobDefinitions':
        return definitions.describe(body, region);
      case 'DeregisterJobDefinition':
        return definitions.deregister(read(text('jobDefinition'), body)['jobDefinition'] ?? '', region);
      case 'SubmitJob':
        return this.#submit(world, body, json, region);
      case 'DescribeJobs':
        return this.#describe(read(Describe, body).jobs, region);
      case 'ListJobs':
        return listJobs(
          this.#batch.jobs,
          body,
          region,
          (queue) => arnOf('job-queue', region, queues.get(queue, region).name),
          this.#batch.visibility(),
        );
      case 'CancelJob':
        return this.#end(world, body, region, cancel);
      case 'TerminateJob':
        return this.#end(world, body, region, terminate);
      default:
        throw notImplemented(`batch:${operation}`);
    }
  }

  #submit(world: World, body: unknown, json: string, region: string): object {
    this.#batch.throttle?.take();
    const { queues, definitions, jobs } = this.#batch;
    const asked = readSubmission(body, json);
    const definition = definitions.active(asked.jobDefinition, region);
    const queue = queues.get(asked.jobQueue, region);
    if (queue.state !== 'ENABLED') throw batchError.client(`Job queue ${queue.name} is DISABLED`);
    const spec = specOf(asked, definition, queue, region, (id) => this.#find(id, region));
    // https://docs.aws.amazon.com/batch/latest/APIReference/API_RegisterJobDefinition.html, platformCapabilities
    if (
      queues.environmentsOf(queue, region).some((one) => isFargate(one) !== (spec.platform === 'FARGATE'))
    ) {
      throw batchError.client(
        `Job Queue is attached to Compute Environment that can not run Jobs with capability ${spec.platform}`,
      );
    }
    const job = jobs.add({
      id: randomUUID(),
      region,
      role: spec.nodes !== undefined ? 'multinode' : spec.arraySize !== undefined ? 'array' : 'single',
      spec,
      status: 'SUBMITTED',
      createdAt: world.now,
      attempts: [],
      alarms: {},
    });
    world.alarms.set(job, 'step', world.now + world.times.submittedMs);
    return { jobArn: arnOf('job', region, job.id), jobName: spec.name, jobId: job.id };
  }

  /** In the order in which they were asked for; those that are not there are left out. */
  #describe(ids: readonly string[], region: string): object {
    const { jobs } = this.#batch;
    const found = [...new Set(ids)].flatMap((id) => this.#find(id, region) ?? []);
    return { jobs: found.map((job) => renderJob(jobs, job)) };
  }

  /** One that is not there has ended long ago, for all that Batch knows. */
  #end(world: World, body: unknown, region: string, how: typeof cancel): object {
    const { jobId, reason } = read(End, body);
    const job = this.#find(jobId, region);
    if (job !== undefined) how(world, job, reason);
    return {};
  }

  /** Its jobs are terminated. https://docs.aws.amazon.com/batch/latest/APIReference/API_DeleteJobQueue.html */
  #deleteQueue(world: World, reference: string, region: string): object {
    const { jobs, queues } = this.#batch;
    const queue = queues.remove(reference, region);
    if (queue === undefined) return {};
    const arn = arnOf('job-queue', region, queue.name);
    for (const job of jobs.all()) {
      if (job.spec.queue === arn && job.parent === undefined) terminate(world, job, 'JobQueue deleted');
    }
    return {};
  }

  #find(id: string, region: string): Job | undefined {
    const job = this.#batch.jobs.find(id);
    return job?.region === region ? job : undefined;
  }
}

function bodyOf(json: string): unknown {
  try {
    return json === '' ? {} : JSON.parse(json);
  } catch {
    throw batchError.client('The request is not JSON');
  }
}
