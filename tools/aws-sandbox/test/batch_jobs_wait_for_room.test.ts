import {
  CancelJobCommand,
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  DeleteJobQueueCommand,
  RegisterJobDefinitionCommand,
  TerminateJobCommand,
  UpdateComputeEnvironmentCommand,
  UpdateJobQueueCommand,
  type JobDetail,
} from '@aws-sdk/client-batch';
import { expect, it } from 'vitest';
import { environmentOf, queueOf } from './contract/batch.ts';
import { small, startBatch } from './batch.ts';

const LONG = 60_000;
const isRunning = ({ status }: JobDetail): boolean => status === 'RUNNING';
const isBlocked = ({ status, statusReason }: JobDetail): boolean =>
  status === 'RUNNABLE' && statusReason !== undefined;
const vcpus = (value: string) => ({
  containerOverrides: { resourceRequirements: [{ type: 'VCPU' as const, value }] },
});

/** Two vCPUs, and jobs that do not end by themselves. */
async function prepared(environment = {}) {
  const batch = await startBatch({}, { maxvCpus: 2, ...environment });
  await batch.control.outcome({ runningMs: LONG });
  const status = async (id: string) => (await batch.describe(id))?.status;
  return { ...batch, status };
}

it('runs as many jobs at a time as have room, and the next when one has ended', async () => {
  const { submit, until, status, control, batch } = await prepared();
  const [first, second, third] = [await submit(), await submit(), await submit()];
  for (const id of [first, second]) await until(id, 'runs', isRunning);
  await control.advance(1_000);
  expect(await status(third)).toBe('RUNNABLE');
  await batch.send(new TerminateJobCommand({ jobId: first, reason: 'room' }));
  await until(third, 'runs', isRunning);
});

it('lets nobody past the head of the queue, however little room he needs', async () => {
  const { submit, until, status, control } = await prepared();
  const first = await submit();
  await until(first, 'runs', isRunning);
  const large = await submit(vcpus('2'));
  const little = await submit();
  await control.advance(1_000);
  expect([await status(large), await status(little)]).toEqual(['RUNNABLE', 'RUNNABLE']);
});

it('serves the queue of the higher priority first, and takes the environments of a queue in their order', async () => {
  const { submit, until, status, control, batch, makeQueue } = await prepared();
  await makeQueue('other', { maxvCpus: 1 });
  await batch.send(new CreateJobQueueCommand({ ...queueOf('urgent', 'other', 'queue'), priority: 9 }));
  const inOther = await submit({ jobQueue: 'urgent' });
  const place = await until(inOther, 'runs', isRunning);
  expect(place.container?.containerInstanceArn).toContain('/other/');
  // No room in the first any more: the second; and when that is full too, who is more urgent.
  const inSecond = await submit({ jobQueue: 'urgent' });
  expect((await until(inSecond, 'runs', isRunning)).container?.containerInstanceArn).toContain('/queue/');
  await until(await submit(), 'runs', isRunning);
  const plain = await submit();
  const urgent = await submit({ jobQueue: 'urgent' });
  await control.advance(1_000);
  await batch.send(new TerminateJobCommand({ jobId: inSecond, reason: 'room' }));
  await until(urgent, 'runs', isRunning);
  expect(await status(plain)).toBe('RUNNABLE');
});

it('says that there are no instances, of this type or in this environment, and goes on when there are', async () => {
  const { submit, until, control } = await prepared({ instanceTypes: ['c7i.large', 'c7i.xlarge'] });
  const shortages = [
    await control.noCapacity({ instanceType: 'c7i.large' }),
    await control.noCapacity({ instanceType: 'c7i.xlarge' }),
  ];
  const id = await submit();
  expect((await until(id, 'is blocked', isBlocked)).statusReason).toBe(
    'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity requested for instance type c7i.large',
  );
  await control.remove(shortages[1]!);
  expect((await until(id, 'runs', isRunning)).statusReason).toBeUndefined();
});

it('goes on to the next environment when the first has no instances; but a multi-node job waits', async () => {
  const { submit, until, control, batch, makeQueue } = await prepared();
  await makeQueue('other', { maxvCpus: 2 });
  await batch.send(new CreateJobQueueCommand(queueOf('both', 'queue', 'other')));
  await control.noCapacity({ environment: 'queue' });
  const single = await until(await submit({ jobQueue: 'both' }), 'runs', isRunning);
  expect(single.container?.containerInstanceArn).toContain('/other/');
  await batch.send(
    new RegisterJobDefinitionCommand({
      jobDefinitionName: 'gang',
      type: 'multinode',
      nodeProperties: {
        numNodes: 1,
        mainNode: 0,
        nodeRangeProperties: [{ targetNodes: '0:', container: small }],
      },
    }),
  );
  const gang = await submit({ jobQueue: 'both', jobDefinition: 'gang' });
  expect((await until(gang, 'is blocked', isBlocked)).statusReason).toMatch(/^CAPACITY:/);
});

it('says what is wrong when a job never fits', async () => {
  const { submit, until, makeQueue, control } = await prepared();
  expect((await until(await submit(vcpus('3')), 'is blocked', isBlocked)).statusReason).toBe(
    'MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - CE(s) associated with the job queue cannot meet the CPU requirement of the job.',
  );
  await makeQueue('small', { instanceTypes: ['c7i.large'] });
  const tooLarge = await submit({ jobQueue: 'small', ...vcpus('4') });
  expect((await until(tooLarge, 'is blocked', isBlocked)).statusReason).toMatch(
    /^MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement/,
  );
  await makeQueue('broken');
  await control.misconfigured({
    environment: 'broken',
    reason: 'MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS – x',
  });
  const refused = await submit({ jobQueue: 'broken' });
  expect((await until(refused, 'is blocked', isBlocked)).statusReason).toMatch(
    /^MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS/,
  );
});

it.each(['SPOT', 'FARGATE'] as const)('does not run multi-node jobs on %s', async (type) => {
  const { submit, until, batch, status, control } = await prepared({ type });
  await batch.send(
    new RegisterJobDefinitionCommand({
      jobDefinitionName: 'gang',
      type: 'multinode',
      nodeProperties: {
        numNodes: 2,
        mainNode: 0,
        nodeRangeProperties: [{ targetNodes: '0:', container: small }],
      },
    }),
  );
  if (type === 'FARGATE') {
    await expect(submit({ jobDefinition: 'gang' })).rejects.toThrow('can not run Jobs with capability EC2');
    return;
  }
  const id = await submit({ jobDefinition: 'gang' });
  expect((await until(id, 'is blocked', isBlocked)).statusReason).toMatch(/^UNDETERMINED/);
  await control.advance(LONG);
  expect(await status(id)).toBe('RUNNABLE');
});

it('cancels what has been blocked for longer than its queue allows', async () => {
  const { submit, until, batch, control, ended } = await prepared();
  const reason = 'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY' as const;
  await batch.send(
    new UpdateJobQueueCommand({
      jobQueue: 'queue',
      jobStateTimeLimitActions: [{ reason, state: 'RUNNABLE', maxTimeSeconds: 600, action: 'CANCEL' }],
    }),
  );
  await control.set({ secondMs: 1 });
  await control.noCapacity();
  const id = await submit();
  const blocked = await until(id, 'is blocked', isBlocked);
  const job = await ended(id);
  expect(job).toMatchObject({
    status: 'FAILED',
    statusReason: `Canceled by JobStateTimeLimit action due to reason: ${reason}`,
  });
  // 600 s at 1 ms each.
  expect((job.stoppedAt ?? 0) - (blocked.createdAt ?? 0)).toBeGreaterThanOrEqual(600);
});

it('cancels a RUNNABLE job when it gets to the head of its queue, and no sooner', async () => {
  const { submit, until, status, batch, control, ended } = await prepared();
  await control.noCapacity();
  const head = await submit();
  const behind = await submit();
  await until(head, 'is blocked', isBlocked);
  await until(behind, 'is RUNNABLE', (job) => job.status === 'RUNNABLE');
  const cancel = (jobId: string) => batch.send(new CancelJobCommand({ jobId, reason: `not ${jobId}` }));
  await cancel(behind);
  await control.advance(1_000);
  expect(await status(behind)).toBe('RUNNABLE');
  await cancel(head);
  for (const id of [head, behind]) {
    expect(await ended(id)).toMatchObject({ status: 'FAILED', statusReason: `not ${id}`, attempts: [] });
  }
});

it('leaves alone what runs when it is cancelled', async () => {
  const { submit, until, batch, control, status } = await prepared();
  const id = await submit();
  await until(id, 'runs', isRunning);
  await batch.send(new CancelJobCommand({ jobId: id, reason: 'too late' }));
  await control.advance(1_000);
  expect(await status(id)).toBe('RUNNING');
});

it('starts nothing in an environment that is DISABLED, until it is not', async () => {
  const { submit, until, status, batch, control } = await prepared();
  const set = (state: 'ENABLED' | 'DISABLED') =>
    batch.send(new UpdateComputeEnvironmentCommand({ computeEnvironment: 'queue', state }));
  await set('DISABLED');
  const id = await submit();
  await until(id, 'is RUNNABLE', (job) => job.status === 'RUNNABLE');
  await control.advance(1_000);
  expect(await status(id)).toBe('RUNNABLE');
  await set('ENABLED');
  await until(id, 'runs', isRunning);
});

it('ends the jobs of a queue that is deleted, those that wait and those that run', async () => {
  const { submit, until, batch, ended } = await prepared();
  const ids = [await submit(), await submit(), await submit()];
  await until(ids[1] ?? '', 'runs', isRunning);
  await batch.send(new UpdateJobQueueCommand({ jobQueue: 'queue', state: 'DISABLED' }));
  await batch.send(new DeleteJobQueueCommand({ jobQueue: 'queue' }));
  for (const id of ids)
    expect(await ended(id)).toMatchObject({ status: 'FAILED', statusReason: 'JobQueue deleted' });
});

it('keeps regions apart', async () => {
  const { describe, submit, endpoint } = await prepared();
  const id = await submit();
  const answer = await fetch(`${endpoint}/v1/describejobs`, {
    method: 'POST',
    headers: { authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/eu-central-1/batch/aws4_request' },
    body: JSON.stringify({ jobs: [id] }),
  });
  expect(await answer.json()).toEqual({ jobs: [] });
  expect(await describe(id)).toBeDefined();
});

it('has no more than 50 compute environments', async () => {
  const { batch } = await prepared();
  const network = { subnet: 'subnet-0', group: 'sg-0' };
  const create = (i: number) =>
    batch.send(new CreateComputeEnvironmentCommand(environmentOf(`ce-${i}`, network)));
  for (let i = 1; i < 50; i += 1) await create(i);
  await expect(create(50)).rejects.toMatchObject({ name: 'ClientException' });
});
