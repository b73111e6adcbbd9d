import { RegisterJobDefinitionCommand, TerminateJobCommand, type RetryStrategy } from '@aws-sdk/client-batch';
import { expect, it } from 'vitest';
import { isRetried, matches } from '../src/batch/lifecycle/retry.ts';
import type { Job } from '../src/batch/jobs/job.ts';
import { small, startBatch } from './batch.ts';

const spotOnly: RetryStrategy = {
  attempts: 3,
  evaluateOnExit: [
    { onStatusReason: 'Host EC2*', action: 'RETRY' },
    { onReason: '*', action: 'EXIT' },
  ],
};

it('tries again as often as it may, and keeps what every attempt came to', async () => {
  const { control, submit, ended } = await startBatch();
  await control.outcome({ exitCode: 3 });
  await control.outcome({ attempt: 3, exitCode: 0 });
  const job = await ended(await submit({ retryStrategy: { attempts: 5 } }));
  expect(job.status).toBe('SUCCEEDED');
  expect(job.attempts?.map(({ container }) => container?.exitCode)).toEqual([3, 3, 0]);
  expect(new Set(job.attempts?.map(({ container }) => container?.logStreamName)).size).toBe(3);
  expect(job.attempts?.[1]?.startedAt).toBeGreaterThanOrEqual(job.attempts?.[0]?.stoppedAt ?? Infinity);
});

it('tries again what has lost its machine, and not what has failed by itself, when the rules say so', async () => {
  const { control, submit, ended, until } = await startBatch();
  await control.outcome({ exitCode: 1 });
  await control.outcome({ attempt: 1, runningMs: 60_000 });
  const id = await submit({ retryStrategy: spotOnly });
  await until(id, 'runs', ({ status }) => status === 'RUNNING');
  await control.reclaim(id);
  const job = await ended(id);
  expect(job).toMatchObject({ status: 'FAILED', statusReason: 'Essential container in task exited' });
  expect(job.attempts).toMatchObject([
    { statusReason: expect.stringMatching(/^Host EC2 \(instance i-[0-9a-f]{17}\) terminated\.$/) },
    { statusReason: 'Essential container in task exited', container: { exitCode: 1 } },
  ]);
  expect(job.attempts?.[0]?.container?.exitCode).toBeUndefined();
});

it('loses the machines of jobs that start, as long as it is told to', async () => {
  const { control, submit, ended } = await startBatch();
  await control.reclaimAll({ times: 2, latencyMs: 1 });
  const job = await ended(await submit({ retryStrategy: spotOnly }));
  expect(job.status).toBe('SUCCEEDED');
  expect(job.attempts?.map(({ statusReason }) => statusReason?.slice(0, 8))).toEqual([
    'Host EC2',
    'Host EC2',
    'Essentia',
  ]);
});

it('does not try again what was terminated or has timed out', async () => {
  const { control, submit, ended, until, batch } = await startBatch();
  await control.outcome({ runningMs: 60_000 });
  const retryStrategy = { attempts: 3 };
  const slow = await submit({ retryStrategy, timeout: { attemptDurationSeconds: 60 } });
  const unwanted = await submit({ retryStrategy });
  await until(unwanted, 'runs', ({ status }) => status === 'RUNNING');
  await batch.send(new TerminateJobCommand({ jobId: unwanted, reason: 'no more' }));
  expect(await ended(unwanted)).toMatchObject({
    status: 'FAILED',
    statusReason: 'no more',
    attempts: [{ container: { exitCode: 143 }, statusReason: 'no more' }],
  });
  const job = await ended(slow);
  expect(job).toMatchObject({ status: 'FAILED', statusReason: 'Job attempt duration exceeded timeout' });
  expect(job.attempts).toHaveLength(1);
  expect((job.stoppedAt ?? 0) - (job.startedAt ?? 0)).toBeGreaterThanOrEqual(600);
});

it('kills what does not mind SIGTERM, 30 s later', async () => {
  const { control, submit, ended, until, batch } = await startBatch();
  await control.outcome({ runningMs: 60_000, ignoresSigterm: true });
  const id = await submit();
  await until(id, 'runs', ({ status }) => status === 'RUNNING');
  await batch.send(new TerminateJobCommand({ jobId: id, reason: 'now' }));
  expect((await ended(id)).container?.exitCode).toBe(137);
});

it('fails what cannot start, by its reason', async () => {
  const { control, submit, ended } = await startBatch();
  const reason = 'CannotPullContainerError: pull image manifest has been retried 1 time(s)';
  await control.outcome({ cannotStart: reason });
  const job = await ended(
    await submit({
      retryStrategy: {
        attempts: 3,
        evaluateOnExit: [{ onReason: 'CannotPullContainerError:*', action: 'EXIT' }],
      },
    }),
  );
  expect(job).toMatchObject({
    status: 'FAILED',
    statusReason: 'Task failed to start',
    container: { reason },
  });
  expect(job.attempts).toHaveLength(1);
  expect(job.container?.logStreamName).toBeUndefined();
});

it('takes a multi-node job for what its main node is, and tries all nodes again with it', async () => {
  const { control, submit, ended, until, describe, batch } = await startBatch();
  await batch.send(
    new RegisterJobDefinitionCommand({
      jobDefinitionName: 'gang',
      type: 'multinode',
      nodeProperties: {
        numNodes: 3,
        mainNode: 0,
        nodeRangeProperties: [{ targetNodes: '0:', container: small }],
      },
    }),
  );
  await control.outcome({ runningMs: 60_000 });
  await control.outcome({ index: 1, exitCode: 9, runningMs: 0 });
  const id = await submit({ jobDefinition: 'gang', retryStrategy: { attempts: 2 } });
  await until(`${id}#1`, 'has failed', ({ status }) => status === 'FAILED');
  // Nobody but the main node matters.
  expect((await describe(id))?.status).toBe('RUNNING');
  await control.outcome({ exitCode: 0 });
  await control.reclaim(`${id}#0`);
  const job = await ended(id);
  expect(job.status).toBe('SUCCEEDED');
  expect(job.attempts).toMatchObject([
    { statusReason: expect.stringMatching(/^Host EC2/) },
    { container: { exitCode: 0, networkInterfaces: [{ privateIpv4Address: '127.0.0.1' }] } },
  ]);
  expect((await describe(`${id}#2`))?.attempts?.length).toBe(2);
});

it('times a multi-node job out as a whole', async () => {
  const { control, submit, ended, describe, batch } = await startBatch();
  await batch.send(
    new RegisterJobDefinitionCommand({
      jobDefinitionName: 'gang',
      type: 'multinode',
      timeout: { attemptDurationSeconds: 60 },
      nodeProperties: {
        numNodes: 2,
        mainNode: 1,
        nodeRangeProperties: [{ targetNodes: '0:', container: small }],
      },
    }),
  );
  await control.outcome({ runningMs: 60_000 });
  const id = await submit({ jobDefinition: 'gang' });
  const statusReason = 'Job attempt duration exceeded timeout';
  expect(await ended(id)).toMatchObject({ status: 'FAILED', statusReason });
  expect(await describe(`${id}#0`)).toMatchObject({ status: 'FAILED', statusReason });
});

it.each([
  ['Host EC2*', 'Host EC2 (instance i-1) terminated.', true],
  ['Host EC2', 'Host EC2 (instance i-1) terminated.', false],
  ['*', '', true],
  ['1', '1', true],
  ['1*', '137', true],
  ['1', '137', false],
  ['', 'x', false],
])('the pattern "%s" and the value "%s" match: %s', (pattern, value, expected) => {
  expect(matches(pattern, value)).toBe(expected);
});

it('the first rule all of whose conditions hold decides, and none that does means again', () => {
  const job = (evaluateOnExit: object[]): Job =>
    ({ attempts: [{}], spec: { retryStrategy: { attempts: 2, evaluateOnExit } } }) as unknown as Job;
  const exit = {
    exitCode: 1,
    reason: 'OutOfMemoryError: x',
    statusReason: 'Essential container in task exited',
  };
  const exits = { onReason: 'OutOfMemory*', onExitCode: '1', action: 'EXIT' };
  expect(isRetried(job([exits]), exit)).toBe(false);
  expect(isRetried(job([{ ...exits, onExitCode: '2' }]), exit)).toBe(true);
  expect(isRetried(job([{ onExitCode: '1', action: 'RETRY' }, exits]), exit)).toBe(true);
  expect(isRetried(job([{ onExitCode: '*', action: 'EXIT' }]), { ...exit, exitCode: undefined })).toBe(false);
});
