import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually, freePort } from '@groundwork/service/testing';
import { expect, it, onTestFinished } from 'vitest';
import { pidsOf } from '../src/batch/containers/leftovers.ts';
import { startBatch } from './batch.ts';
import { stateDir } from './sandbox.ts';

const isRunning = ({ status }: { status?: string | undefined }): boolean => status === 'RUNNING';

it('goes on with jobs where they were, each in its place', async () => {
  const dir = stateDir();
  const before = await startBatch({ stateDir: dir }, { maxvCpus: 1 });
  await before.control.outcome({ runningMs: 60_000, exitCode: 5, times: 1 });
  const array = await before.submit({ arrayProperties: { size: 2 }, tags: { whose: 'mine' } });
  const dependent = await before.submit({ dependsOn: [{ jobId: array }] });
  await before.until(`${array}:0`, 'runs', isRunning);
  await before.stop();

  const after = await startBatch({ stateDir: dir }, {}, true);
  expect(await after.describe(array)).toMatchObject({
    status: 'PENDING',
    tags: { whose: 'mine' },
    arrayProperties: { statusSummary: { RUNNING: 1, RUNNABLE: 1 } },
  });
  expect(await after.describe(dependent)).toMatchObject({ status: 'PENDING' });
  await after.control.advance(60_000);
  expect(await after.ended(array)).toMatchObject({
    arrayProperties: { statusSummary: { SUCCEEDED: 1, FAILED: 1 } },
  });
  expect(await after.ended(dependent)).toMatchObject({
    status: 'FAILED',
    statusReason: 'Dependent Job failed',
  });
});

it('takes what ran as a process for lost with its machine, so that it may be tried again', async () => {
  const dir = stateDir();
  const before = await startBatch({ stateDir: dir, runBatchJobs: true });
  const script = 'echo attempt $AWS_BATCH_JOB_ATTEMPT; [ $AWS_BATCH_JOB_ATTEMPT = 2 ] || sleep 100';
  const again = await before.shell(script, { retryStrategy: { attempts: 2 } });
  const single = await before.shell('sleep 100');
  for (const id of [again, single]) await before.until(id, 'runs', isRunning);
  const stream = (await before.describe(again))?.container?.logStreamName;
  await expect.poll(() => before.lines(stream)).toEqual(['attempt 1']);
  await before.stop();
  expect(await pidsOf(new Set([again, single]))).toEqual([]);

  const after = await startBatch({ stateDir: dir, runBatchJobs: true }, {}, true);
  const lost = { statusReason: expect.stringMatching(/^Host EC2 \(instance i-/) };
  expect(await after.ended(single)).toMatchObject({ status: 'FAILED', ...lost, attempts: [lost] });
  const job = await after.ended(again);
  expect(job).toMatchObject({ status: 'SUCCEEDED', attempts: [lost, { container: { exitCode: 0 } }] });
  const streams = job.attempts?.map(({ container }) => container?.logStreamName) ?? [];
  expect(await Promise.all(streams.map((one) => after.lines(one)))).toEqual([['attempt 1'], ['attempt 2']]);
});

it('ends what a sandbox left behind that was killed', async () => {
  const dir = stateDir();
  const before = await startBatch({ stateDir: dir });
  await before.stop();
  const port = await freePort();
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
  const sandbox = spawn(process.execPath, [main], {
    stdio: 'ignore',
    env: { PATH: process.env['PATH'], PORT: String(port), SANDBOX_STATE_DIR: dir, BATCH_RUN: 'processes' },
  });
  onTestFinished(() => void sandbox.kill('SIGKILL'));
  const endpoint = `http://127.0.0.1:${port}`;
  await eventually(async () => (await fetch(`${endpoint}/_sandbox/health`)).ok);
  const submitted = await fetch(`${endpoint}/v1/submitjob`, {
    method: 'POST',
    body: JSON.stringify({
      jobName: 'orphan',
      jobQueue: 'queue',
      jobDefinition: 'plain',
      containerOverrides: { command: ['sh', '-c', 'sleep 100; true'] },
    }),
  });
  const { jobId } = (await submitted.json()) as { jobId: string };
  await eventually(async () => (await pidsOf(new Set([jobId]))).length === 2);
  sandbox.kill('SIGKILL');
  await once(sandbox, 'exit');
  expect(await pidsOf(new Set([jobId]))).toHaveLength(2);

  const after = await startBatch({ stateDir: dir, runBatchJobs: true }, {}, true);
  expect(await pidsOf(new Set([jobId]))).toEqual([]);
  expect(await after.ended(jobId)).toMatchObject({ status: 'FAILED' });
});

it('keeps queues, definitions and how long things take', async () => {
  const dir = stateDir();
  const before = await startBatch({ stateDir: dir });
  await before.stop();
  const after = await startBatch({ stateDir: dir }, {}, true);
  expect(await after.ended(await after.submit())).toMatchObject({ status: 'SUCCEEDED' });
  expect(await (await fetch(`${after.endpoint}/_sandbox/batch`)).json()).toMatchObject({ secondMs: 10 });
});
