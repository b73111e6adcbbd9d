import { startBatchSandbox, type BatchSandbox } from '@groundwork/aws-sandbox/testing';
import type { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALL, hpcOf, named, resourcesOf } from './hpc.ts';

// What is asked of AWS Batch goes to the sandbox's, which has its limits and does with jobs what it does.
let sandbox: BatchSandbox;
beforeAll(async () => {
  sandbox = await startBatchSandbox({ runBatchJobs: false });
  // Hours are hours, as clocks are put forward.
  await sandbox.control.set({ secondMs: 1_000 });
  await make(hpcOf(ALL).template);
});
afterAll(() => sandbox.close());

async function call(operation: string, body: object): Promise<Record<string, unknown>> {
  const answer = await fetch(`${sandbox.endpoint}/v1/${operation}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  const said = (await answer.json()) as Record<string, unknown>;
  if (!answer.ok) throw new Error(`${operation}: ${String(said['message'])}`);
  return said;
}

/** Properties of CloudFormation as the API has them: MinvCpus is minvCpus, and what refers to something is a name. */
function asked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asked);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [first, argument] = entries[0] ?? ['', undefined];
  if (/^(Ref|Fn::)/.test(first))
    return `some-${[argument].flat(3).join('-').replaceAll(/\W/g, '').slice(0, 40)}`;
  return Object.fromEntries(
    entries.map(([name, one]) => [name[0]!.toLowerCase() + name.slice(1), asked(one)]),
  );
}

async function make(template: Template): Promise<void> {
  for (const [id, { Properties }] of resourcesOf(template, 'AWS::Batch::ComputeEnvironment')) {
    const body = asked(Properties) as { computeResources: Record<string, unknown>; [name: string]: unknown };
    // CloudFormation's own, and those of updates.
    delete body['replaceComputeEnvironment'];
    delete body['updatePolicy'];
    delete body.computeResources['updateToLatestImageVersion'];
    await call('createcomputeenvironment', { ...body, computeEnvironmentName: id });
  }
  for (const [, { Properties }] of resourcesOf(template, 'AWS::Batch::JobQueue')) {
    const [environment] = named(Properties['ComputeEnvironmentOrder']);
    await call('createjobqueue', {
      ...(asked(Properties) as object),
      computeEnvironmentOrder: [{ order: 1, computeEnvironment: environment }],
    });
  }
}

async function submit(queue: string, vcpus: number, nodes = 1): Promise<string> {
  const container = {
    image: 'debian:12',
    command: ['true'],
    resourceRequirements: [
      { type: 'VCPU', value: String(vcpus) },
      { type: 'MEMORY', value: '1024' },
    ],
  };
  const { jobDefinitionArn } = await call('registerjobdefinition', {
    jobDefinitionName: `groundwork-${vcpus}-${nodes}`,
    ...(nodes === 1
      ? { type: 'container', containerProperties: container }
      : {
          type: 'multinode',
          nodeProperties: {
            numNodes: nodes,
            mainNode: 0,
            nodeRangeProperties: [{ targetNodes: '0:', container }],
          },
        }),
  });
  const jobQueue = `groundwork-prod-${queue}`;
  return String(
    (await call('submitjob', { jobName: 'job', jobQueue, jobDefinition: jobDefinitionArn }))['jobId'],
  );
}

async function look(id: string) {
  const { jobs } = (await call('describejobs', { jobs: [id] })) as {
    jobs: [{ status: string; statusReason?: string }];
  };
  return jobs[0];
}

describe('A job', () => {
  it.each([
    ['on-demand', 16, 1],
    ['spot', 192, 1],
    ['multi-node', 64, 4],
  ])('in the queue %s with %i vCPUs on %i nodes runs', async (queue, vcpus, nodes) => {
    const id = await submit(queue, vcpus, nodes);
    await sandbox.control.advance(60_000);
    expect((await look(id)).status).toBe('SUCCEEDED');
  });

  it('that is larger than the instances holds up the others for an hour', async () => {
    const id = await submit('multi-node', 65, 2);
    await sandbox.control.advance(1_000);
    expect(await look(id)).toMatchObject({
      status: 'RUNNABLE',
      statusReason: expect.stringMatching(/^MISCONFIGURATION/) as string,
    });
    await sandbox.control.advance(3_700_000);
    expect((await look(id)).status).toBe('FAILED');
  });

  it('for which there are no instances waits until the broker takes it back', async () => {
    await sandbox.control.noCapacity();
    const id = await submit('spot', 4);
    await sandbox.control.advance(7_200_000);
    expect(await look(id)).toMatchObject({
      status: 'RUNNABLE',
      statusReason: expect.stringMatching(/^CAPACITY/) as string,
    });
    await call('canceljob', { jobId: id, reason: 'withdrawn by the broker' });
    await sandbox.control.advance(1_000);
    expect((await look(id)).status).toBe('FAILED');
  });
});
