import { DescribeJobsCommand, ListJobsCommand } from '@aws-sdk/client-batch';
import { expect, it } from 'vitest';
import { pidsOf } from '../src/batch/containers/leftovers.ts';
import { SubmitThrottle } from '../src/batch/throttle.ts';
import { startBatch } from './batch.ts';

async function prepared() {
  const batch = await startBatch();
  const named = async (name: string): Promise<number> => {
    const filters = [{ name: 'JOB_NAME', values: [name] }];
    const answer = await batch.batch.send(new ListJobsCommand({ jobQueue: 'queue', filters }));
    return answer.jobSummaryList?.length ?? 0;
  };
  return { ...batch, named };
}

it('loses the answer of a submission that has been done, and the request of one that has not', async () => {
  const { control, submit, named } = await prepared();
  await control.loseAnswers('SubmitJob');
  await expect(submit({ jobName: 'done' })).rejects.toThrow(/hang up|ECONNRESET/);
  expect(await named('done')).toBe(1);
  await control.loseRequests('SubmitJob');
  await expect(submit({ jobName: 'not-done' })).rejects.toThrow(/hang up|ECONNRESET/);
  expect(await named('not-done')).toBe(0);
  await submit({ jobName: 'not-done' });
  expect(await named('not-done')).toBe(1);
});

it('throttles and fails with the errors of Batch', async () => {
  const { control, submit, named } = await prepared();
  await control.throttle('SubmitJob', 1);
  await expect(submit({ jobName: 'throttled' })).rejects.toMatchObject({
    name: 'TooManyRequestsException',
    $metadata: { httpStatusCode: 429 },
  });
  await control.fault({ kind: 'error', operation: 'batch:SubmitJob', times: 1 });
  await expect(submit({ jobName: 'throttled' })).rejects.toMatchObject({
    name: 'ServerException',
    $metadata: { httpStatusCode: 500 },
  });
  expect(await named('throttled')).toBe(0);
});

it('lists late what can be described at once', async () => {
  const { control, submit, named, describe } = await prepared();
  await control.listLate(60_000);
  const id = await submit({ jobName: 'late' });
  expect(await describe(id)).toBeDefined();
  expect(await named('late')).toBe(0);
  await control.advance(60_000);
  expect(await named('late')).toBe(1);
});

it('forgets jobs a day after they have ended, and earlier when it is told to', async () => {
  const { control, submit, ended, describe, logs: _, batch, lines } = await prepared();
  await control.set({ secondMs: 1_000 });
  await control.outcome({ output: ['still here'] });
  const array = await submit({ arrayProperties: { size: 2 } });
  const { container } = (await ended(array)) && (await ended(`${array}:0`));
  await control.advance(86_000_000);
  expect(await describe(array)).toBeDefined();
  await control.advance(500_000);
  const { jobs } = await batch.send(new DescribeJobsCommand({ jobs: [array, `${array}:0`] }));
  expect(jobs).toEqual([]);
  // What was written stays.
  expect(await lines(container?.logStreamName)).toEqual(['still here']);
  const other = await submit();
  await ended(other);
  await control.forget();
  expect(await describe(other)).toBeUndefined();
});

it('forgets even what runs, and kills it', async () => {
  const { control, shell, until, describe } = await startBatch({ runBatchJobs: true });
  const id = await shell('sleep 100');
  await until(id, 'runs', ({ status }) => status === 'RUNNING');
  await control.forget([id]);
  expect(await describe(id)).toBeUndefined();
  await expect.poll(() => pidsOf(new Set([id]))).toEqual([]);
});

it('takes 50 submissions a second, and no more', async () => {
  let now = 0;
  const throttle = new SubmitThrottle(() => now);
  const taken = (count: number) =>
    Array.from({ length: count }, () => {
      try {
        throttle.take();
        return true;
      } catch {
        return false;
      }
    }).filter(Boolean).length;
  expect(taken(60)).toBe(50);
  now += 100;
  expect(taken(10)).toBe(5);
  now += 60_000;
  expect(taken(60)).toBe(50);

  const { submit } = await startBatch({ throttleBatch: true });
  const results = await Promise.allSettled(Array.from({ length: 200 }, () => submit()));
  const refused = results.filter((one) => one.status === 'rejected');
  expect(results.length - refused.length).toBeGreaterThanOrEqual(50);
  expect(refused.length).toBeGreaterThan(0);
  for (const { reason } of refused) expect(reason).toMatchObject({ name: 'TooManyRequestsException' });
});

it('refuses what it does not understand, and reclaims nothing that does not run', async () => {
  const { control, submit, endpoint } = await prepared();
  await expect(control.fault({ kind: 'misconfiguration', reason: 'no' })).rejects.toThrow('MISCONFIGURATION');
  await expect(control.outcome({ exitCode: 256 })).rejects.toThrow('exitCode');
  await control.noCapacity();
  await expect(control.reclaim(await submit())).rejects.toThrow('409');
  expect((await fetch(`${endpoint}/_sandbox/batch/nothing`, { method: 'POST' })).status).toBe(404);
});

it('names the operation that it does not have', async () => {
  const { endpoint } = await prepared();
  const answer = await fetch(`${endpoint}/v1/createschedulingpolicy`, {
    method: 'POST',
    headers: { authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/batch/aws4_request' },
    body: '{}',
  });
  expect(answer.status).toBe(501);
  expect(await answer.text()).toContain('createschedulingpolicy');
});
