import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchClient, CreateComputeEnvironmentCommand, CreateJobQueueCommand } from '@aws-sdk/client-batch';
import { DescribeSecurityGroupsCommand, DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { startReferee, whyMissing, type Referee } from '@groundwork/aws-sandbox/testing';
import type { Subject } from '@groundwork/service/testing/contract';
import type { EnginePlace } from '../contract/engine-place.ts';
import { AWS, batchEngine, marksInMemory } from './batch-subject.ts';

const CORES = 8;
const ROLE = 'batch';
const PROFILE = 'ecsInstanceRole';

/** AWS Batch as moto has it: it runs nothing, and every job has succeeded at once. */
export function motoSubject(gaps: Readonly<Record<string, string>>): Subject<EnginePlace> {
  const venv = process.env['TEST_PYTHON'];
  return {
    name: 'AWS Batch, as moto has it',
    missing: whyMissing('moto', venv),
    gaps,
    async start() {
      const moto = await startReferee('moto', venv);
      return { open: () => open(moto), stop: () => moto.stop() };
    },
  };
}

async function open(moto: Referee): Promise<EnginePlace> {
  await moto.reset();
  await makeQueues(moto.endpoint);
  const dir = await mkdtemp(join(tmpdir(), 'gw-moto-'));
  const marks = marksInMemory();
  const engines = [await batchEngine(moto.endpoint, marks)];
  return {
    engine: engines[0]!,
    async restarted() {
      await engines.at(-1)!.stop();
      engines.push(await batchEngine(moto.endpoint, marks));
      return engines.at(-1)!;
    },
    interrupt: () => Promise.resolve(),
    cores: CORES,
    nodeCores: CORES,
    many: 40,
    dir,
    // It answers with the end.
    withinMs: 1_000,
    addsVariables: /^(_=|AWS_)/,
    has: { containment: false, memoryLimit: false, mpi: true, exactOutput: false },
    async close() {
      await engines.at(-1)!.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function makeQueues(endpoint: string): Promise<void> {
  await prepare(endpoint);
  const ec2 = new EC2Client(AWS(endpoint));
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
  const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({}));
  const batch = new BatchClient(AWS(endpoint));
  for (const [name, type] of [
    ['on-demand', 'EC2'],
    ['spot', 'SPOT'],
    ['multi-node', 'EC2'],
  ] as const) {
    await batch.send(
      new CreateComputeEnvironmentCommand({
        computeEnvironmentName: name,
        type: 'MANAGED',
        serviceRole: `arn:aws:iam::123456789012:role/${ROLE}`,
        computeResources: {
          type,
          minvCpus: 0,
          maxvCpus: CORES,
          instanceTypes: ['m5.4xlarge'],
          subnets: [String(Subnets[0]?.SubnetId)],
          securityGroupIds: [String(SecurityGroups[0]?.GroupId)],
          instanceRole: PROFILE,
        },
      }),
    );
    await batch.send(
      new CreateJobQueueCommand({
        jobQueueName: name,
        state: 'ENABLED',
        priority: 1,
        computeEnvironmentOrder: [{ order: 1, computeEnvironment: name }],
      }),
    );
  }
}

/** It would start containers if nobody told it not to, and looks for roles. */
async function prepare(endpoint: string): Promise<void> {
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
  await iam({ Action: 'CreateRole', RoleName: ROLE, AssumeRolePolicyDocument: '{}' });
  await iam({ Action: 'CreateInstanceProfile', InstanceProfileName: PROFILE });
}
