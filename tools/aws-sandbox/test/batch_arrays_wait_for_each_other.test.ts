import { CancelJobCommand, ListJobsCommand, TerminateJobCommand } from '@aws-sdk/client-batch';
import { expect, it } from 'vitest';
import { startBatch } from './batch.ts';

it('fails an array of which a child has failed, when all have ended', async () => {
  const { control, submit, ended, until, describe } = await startBatch();
  await control.outcome({ runningMs: 60_000 });
  await control.outcome({ index: 1, exitCode: 4 });
  const id = await submit({ arrayProperties: { size: 3 } });
  await until(`${id}:1`, 'has failed', ({ status }) => status === 'FAILED');
  const running = await until(id, 'has two that run', ({ arrayProperties }) => {
    const counts = arrayProperties?.statusSummary;
    return counts?.['RUNNING'] === 2 && counts['FAILED'] === 1;
  });
  expect(running.status).toBe('PENDING');
  await control.advance(60_000);
  expect(await ended(id)).toMatchObject({
    status: 'FAILED',
    statusReason: 'Array Child Job failed',
    arrayProperties: { size: 3, statusSummary: { SUCCEEDED: 2, FAILED: 1 } },
  });
  expect((await describe(`${id}:1`))?.container?.exitCode).toBe(4);
});

it('tells children their index and the size of their array', async () => {
  const { submit, ended, lines, describe } = await startBatch({ runBatchJobs: true });
  const command = [
    'sh',
    '-c',
    'echo $AWS_BATCH_JOB_ARRAY_INDEX of $AWS_BATCH_JOB_ARRAY_SIZE is $AWS_BATCH_JOB_ID',
  ];
  const id = await submit({ arrayProperties: { size: 2 }, containerOverrides: { command } });
  await ended(id);
  const written = [0, 1].map(async (i) => lines((await describe(`${id}:${i}`))?.container?.logStreamName));
  expect(await Promise.all(written)).toEqual([[`0 of 2 is ${id}:0`], [`1 of 2 is ${id}:1`]]);
});

it('fails what depends on a failed job, and what depends on that', async () => {
  const { control, submit, ended } = await startBatch();
  await control.outcome({ name: 'bad', exitCode: 1 });
  const bad = await submit({ jobName: 'bad' });
  const next = await submit({ dependsOn: [{ jobId: bad }] });
  const last = await submit({ dependsOn: [{ jobId: next }], arrayProperties: { size: 2 } });
  expect(await ended(next)).toMatchObject({
    status: 'FAILED',
    statusReason: 'Dependent Job failed',
    attempts: [],
  });
  expect(await ended(last)).toMatchObject({ status: 'FAILED', statusReason: 'Array Child Job failed' });
});

it('N_TO_N: each child waits for its counterpart, and fails with it', async () => {
  const { control, submit, ended, until, describe } = await startBatch();
  await control.outcome({ name: 'first', index: 1, exitCode: 1 });
  await control.outcome({ name: 'first', index: 2, runningMs: 60_000 });
  const first = await submit({ jobName: 'first', arrayProperties: { size: 3 } });
  const second = await submit({
    arrayProperties: { size: 3 },
    dependsOn: [{ jobId: first, type: 'N_TO_N' }],
  });
  await until(`${second}:0`, 'has succeeded', ({ status }) => status === 'SUCCEEDED');
  expect(await ended(`${second}:1`)).toMatchObject({
    status: 'FAILED',
    statusReason: 'Dependent Job failed',
  });
  expect((await describe(`${second}:2`))?.status).toBe('PENDING');
  await control.advance(60_000);
  expect((await ended(second)).arrayProperties?.statusSummary).toMatchObject({ SUCCEEDED: 2, FAILED: 1 });
});

it('in sequence, nothing follows on a child that has failed', async () => {
  const { control, submit, ended } = await startBatch();
  await control.outcome({ index: 1, exitCode: 1 });
  const id = await submit({ arrayProperties: { size: 4 }, dependsOn: [{ type: 'SEQUENTIAL' }] });
  expect((await ended(id)).arrayProperties?.statusSummary).toMatchObject({ SUCCEEDED: 1, FAILED: 3 });
  expect(await ended(`${id}:3`)).toMatchObject({ statusReason: 'Dependent Job failed' });
});

it('cancels a PENDING job when those that it waits for have ended, as documented', async () => {
  const { control, submit, ended, until, batch, describe } = await startBatch();
  await control.outcome({ runningMs: 60_000 });
  const first = await submit();
  const second = await submit({ dependsOn: [{ jobId: first }] });
  await until(second, 'is PENDING', ({ status }) => status === 'PENDING');
  await batch.send(new CancelJobCommand({ jobId: second, reason: 'changed my mind' }));
  expect(await describe(second)).toMatchObject({ status: 'PENDING', isCancelled: true });
  await control.advance(60_000);
  expect(await ended(second)).toMatchObject({
    status: 'FAILED',
    statusReason: 'changed my mind',
    attempts: [],
  });
});

it('cancels the children of an array that have not started, and lets the others be', async () => {
  const { control, submit, ended, until, batch } = await startBatch({}, { maxvCpus: 1 });
  await control.outcome({ runningMs: 60_000 });
  const id = await submit({ arrayProperties: { size: 3 } });
  await until(`${id}:0`, 'runs', ({ status }) => status === 'RUNNING');
  await batch.send(new CancelJobCommand({ jobId: id, reason: 'enough' }));
  await control.advance(60_000);
  expect(await ended(id)).toMatchObject({
    status: 'FAILED',
    statusReason: 'enough',
    arrayProperties: { statusSummary: { SUCCEEDED: 1, FAILED: 2 } },
  });
});

it('terminates all children of an array, and lists them', async () => {
  const { control, submit, ended, until, batch } = await startBatch();
  await control.outcome({ runningMs: 60_000 });
  const id = await submit({ arrayProperties: { size: 3 } });
  await until(id, 'has all running', (job) => job.arrayProperties?.statusSummary?.['RUNNING'] === 3);
  await batch.send(new TerminateJobCommand({ jobId: id, reason: 'stop' }));
  expect(await ended(id)).toMatchObject({ status: 'FAILED', statusReason: 'stop', isTerminated: true });
  const { jobSummaryList = [] } = await batch.send(
    new ListJobsCommand({ arrayJobId: id, jobStatus: 'FAILED' }),
  );
  expect(jobSummaryList.map((job) => [job.arrayProperties?.index, job.statusReason])).toEqual(
    [0, 1, 2].map((i) => [i, 'stop']),
  );
});

it('runs an array of 10,000, of which as many at a time as have room', async () => {
  const { control, submit, describe, batch } = await startBatch({}, { maxvCpus: 500 });
  await control.set({ submittedMs: 0, runnableMs: 0, startingMs: 10_000, runningMs: 1_000 });
  const id = await submit({ arrayProperties: { size: 10_000 } });
  await control.advance(5_000);
  const counts = (await describe(id))?.arrayProperties?.statusSummary;
  expect(counts?.['STARTING']).toBe(500);
  expect(counts?.['RUNNABLE']).toBe(9_500);
  const page = await batch.send(new ListJobsCommand({ arrayJobId: id, jobStatus: 'RUNNABLE' }));
  expect(page.jobSummaryList).toHaveLength(1_000);
  await control.advance(600_000);
  expect(await describe(id)).toMatchObject({
    status: 'SUCCEEDED',
    arrayProperties: { statusSummary: { SUCCEEDED: 10_000 } },
  });
});
