import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox, type SandboxOptions } from '../sandbox.ts';
import { BatchControl } from './batch-control.ts';

export interface BatchSandbox {
  endpoint: string;
  control: BatchControl;
  /** A compute environment and a queue for it; the ARN of the queue. */
  makeQueue: (name: string, environment?: BatchEnvironment) => Promise<string>;
  close: () => Promise<void>;
}

export interface BatchEnvironment {
  type?: 'EC2' | 'SPOT' | 'FARGATE' | 'FARGATE_SPOT';
  maxvCpus?: number;
  instanceTypes?: string[];
}

/**
 * A sandbox whose Batch runs commands as processes (unless told otherwise) and is in a hurry: a second of timeouts and
 * of the 30 s after SIGTERM is 10 ms.
 */
export async function startBatchSandbox(options: Partial<SandboxOptions> = {}): Promise<BatchSandbox> {
  const own = options.stateDir === undefined ? await mkdtemp(join(tmpdir(), 'batch-sandbox-')) : undefined;
  const sandbox = await startSandbox({
    host: '127.0.0.1',
    port: 0,
    stateDir: own ?? '',
    runBatchJobs: true,
    throttleBatch: false,
    ...options,
  });
  const { endpoint } = sandbox;
  const control = new BatchControl(endpoint);
  await control.set({
    resourceMs: 0,
    submittedMs: 5,
    runnableMs: 5,
    startingMs: 5,
    runningMs: 20,
    secondMs: 10,
  });
  return {
    endpoint,
    control,
    makeQueue: (name, environment) => makeQueue(endpoint, name, environment),
    async close() {
      await sandbox.close();
      if (own !== undefined) await rm(own, { recursive: true, force: true });
    },
  };
}

async function makeQueue(
  endpoint: string,
  name: string,
  environment: BatchEnvironment = {},
): Promise<string> {
  const { type = 'EC2', maxvCpus = 16, instanceTypes = ['optimal'] } = environment;
  const onInstances = !type.startsWith('FARGATE');
  await call(endpoint, 'createcomputeenvironment', {
    computeEnvironmentName: name,
    type: 'MANAGED',
    computeResources: {
      type,
      maxvCpus,
      subnets: ['subnet-0'],
      securityGroupIds: ['sg-0'],
      ...(onInstances && { minvCpus: 0, instanceTypes, instanceRole: 'ecsInstanceRole' }),
    },
  });
  const { jobQueueArn } = await call(endpoint, 'createjobqueue', {
    jobQueueName: name,
    priority: 1,
    computeEnvironmentOrder: [{ order: 1, computeEnvironment: name }],
  });
  return String(jobQueueArn);
}

async function call(endpoint: string, operation: string, body: object): Promise<Record<string, unknown>> {
  const answer = await fetch(`${endpoint}/v1/${operation}`, { method: 'POST', body: JSON.stringify(body) });
  const said = (await answer.json()) as Record<string, unknown>;
  if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${String(said['message'])}`);
  return said;
}
