import { BatchClient as Sdk, DescribeJobDefinitionsCommand } from '@aws-sdk/client-batch';
import { startBatchSandbox } from '@groundwork/aws-sandbox/testing';
import { expect, it, type TestContext } from 'vitest';
import { OK, placementOf } from '../contract/engine-place.ts';
import { AWS, batchEngine, makeQueues, marksInMemory } from '../support/batch-subject.ts';

const DEVICE = {
  hostPath: '/dev/infiniband/uverbs0',
  containerPath: '/dev/infiniband/uverbs0',
  permissions: ['READ', 'WRITE', 'MKNOD'],
};
const GANG = { nodes: 2, ranksPerNode: 1 };

async function world(context: TestContext) {
  const sandbox = await startBatchSandbox({ runBatchJobs: false });
  await makeQueues(sandbox);
  const engine = await batchEngine(sandbox.endpoint, marksInMemory());
  const sdk = new Sdk(AWS(sandbox.endpoint));
  context.onTestFinished(async () => {
    await engine.stop();
    sdk.destroy();
    await sandbox.close();
  });
  return {
    submit: (name: string, spec: Parameters<typeof placementOf>[1]) =>
      engine.submit([placementOf(name, { shell: 'true', ...spec })]),
    /** Of all definitions there are; those over several nodes have one range. */
    containers: async () => {
      const { jobDefinitions = [] } = await sdk.send(new DescribeJobDefinitionsCommand({}));
      return jobDefinitions.map(
        ({ containerProperties, nodeProperties }) =>
          containerProperties ?? nodeProperties?.nodeRangeProperties?.[0]?.container,
      );
    },
  };
}

it('Nodes of a job that asks for EFA between them have its device', async (context) => {
  const { submit, containers } = await world(context);
  expect(await submit('efa', { mpi: { ...GANG, network: 'efa' } })).toEqual([OK]);
  expect(await containers()).toEqual([
    expect.objectContaining({
      linuxParameters: { devices: [DEVICE] },
      ulimits: [{ name: 'memlock', softLimit: -1, hardLimit: -1 }],
    }),
  ]);
});

it.for([
  ['over several nodes without EFA', { mpi: GANG }],
  ['over several nodes near each other', { mpi: { ...GANG, network: 'low-latency' } }],
  ['of MPI on one node', { mpi: { ...GANG, nodes: 1, network: 'efa' } }],
  ['on one node', {}],
] as const)('A job %s has no device, and starts where there is none', async ([, spec], context) => {
  const { submit, containers } = await world(context);
  expect(await submit('other', spec)).toEqual([OK]);
  const [container, ...more] = await containers();
  expect(more).toEqual([]);
  expect(container?.linuxParameters?.devices ?? []).toEqual([]);
});

it('Jobs of the same nodes with EFA and without it have definitions of their own', async (context) => {
  const { submit, containers } = await world(context);
  await submit('with', { mpi: { ...GANG, network: 'efa' } });
  await submit('without', { mpi: GANG });
  await submit('again', { mpi: { ...GANG, network: 'efa' } });
  const devices = (await containers()).map((one) => one?.linuxParameters?.devices?.length ?? 0);
  expect(devices.toSorted((a, b) => a - b)).toEqual([0, 1]);
});
