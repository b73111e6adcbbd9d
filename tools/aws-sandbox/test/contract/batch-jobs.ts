import {
  CancelJobCommand,
  DescribeJobsCommand,
  TerminateJobCommand,
  type SubmitJobCommandInput,
} from '@aws-sdk/client-batch';
import { GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { describe, expect } from 'vitest';
import { BatchAccount, container } from './batch.ts';
import type { Aws, Suite } from './contract.ts';
import { refusal } from './helpers.ts';

const refused = { code: 'ClientException', status: 400 };
const NOBODY = '00000000-0000-4000-8000-000000000000';

/** What is refused, by the words that follow on "a job ". */
const refusals: Readonly<Record<string, Partial<SubmitJobCommandInput>>> = {
  'whose name has a blank': { jobName: 'two words' },
  'whose name begins with a hyphen': { jobName: '-job' },
  'whose name has 129 letters': { jobName: 'a'.repeat(129) },
  'in a queue that is not there': { jobQueue: 'no-such-queue' },
  'of a definition that is not there': { jobDefinition: 'no-such-definition' },
  'of more than 30 KiB': { parameters: { long: 'x'.repeat(30 * 1024) } },
  'with eleven attempts': { retryStrategy: { attempts: 11 } },
  'with no attempt': { retryStrategy: { attempts: 0 } },
  'with a timeout of 59 seconds': { timeout: { attemptDurationSeconds: 59 } },
  'that depends on 21 jobs': { dependsOn: Array.from({ length: 21 }, () => ({ jobId: NOBODY })) },
  'that depends on a job that is not there': { dependsOn: [{ jobId: NOBODY }] },
  'that is no array and depends on itself in sequence': { dependsOn: [{ type: 'SEQUENTIAL' }] },
  'that depends on no job in particular': { dependsOn: [{}] },
  'that is an array of one': { arrayProperties: { size: 1 } },
  'that is an array of 10,001': { arrayProperties: { size: 10_001 } },
  'with a placeholder that has no parameter': { containerOverrides: { command: ['echo', 'Ref::nothing'] } },
  'with overrides of nodes that it has not': { nodeOverrides: { numNodes: 2 } },
};

export const describeBatchJobs: Suite = ({ target, test }) => {
  const prepared = (aws: Aws) => BatchAccount.shared(aws, target);

  describe('Batch jobs', () => {
    test('a job succeeds, and tells when it was made, started and stopped, in milliseconds', async (aws) => {
      const account = await prepared(aws);
      const before = Date.now() - 2_000;
      const job = await account.ended(await account.submit({ jobName: 'Some_job-1' }));
      expect(job).toMatchObject({ jobName: 'Some_job-1', status: 'SUCCEEDED' });
      expect(job.createdAt).toBeGreaterThanOrEqual(before);
      expect(job.startedAt).toBeGreaterThanOrEqual(job.createdAt ?? Infinity);
      expect(job.stoppedAt).toBeGreaterThanOrEqual(job.startedAt ?? Infinity);
      expect(job.jobArn).toMatch(new RegExp(`^arn:aws:batch:us-east-1:\\d{12}:job/${job.jobId}$`));
      expect(job.jobQueue).toMatch(new RegExp(`:job-queue/${account.queue}$`));
    });

    test('an attempt tells its exit code, its log stream and why it stopped', async (aws) => {
      const account = await prepared(aws);
      const job = await account.ended(await account.submit());
      expect(job).toMatchObject({
        statusReason: 'Essential container in task exited',
        container: { exitCode: 0 },
        attempts: [{ container: { exitCode: 0 }, statusReason: 'Essential container in task exited' }],
      });
      const { logStreamName = '' } = job.attempts?.[0]?.container ?? {};
      expect(logStreamName).toMatch(/^definition-[^/]+\/default\/.+/);
      expect(job.container?.logStreamName).toBe(logStreamName);
    });

    test('the same submission twice is two jobs', async (aws) => {
      const account = await prepared(aws);
      const job = { jobName: 'twice', jobDefinition: await account.define() };
      expect(await account.submit(job)).not.toBe(await account.submit(job));
    });

    test('overrides replace the command', async (aws) => {
      const account = await prepared(aws);
      const jobId = await account.submit({ containerOverrides: { command: ['echo', 'other'] } });
      expect((await account.describe(jobId)).container?.command).toEqual(['echo', 'other']);
    });

    test('overrides of the environment are merged with that of the definition, by name', async (aws) => {
      const account = await prepared(aws);
      const environment = [
        { name: 'KEPT', value: 'definition' },
        { name: 'CHANGED', value: 'definition' },
      ];
      const jobDefinition = await account.define({ containerProperties: container({ environment }) });
      const overrides = {
        environment: [
          { name: 'CHANGED', value: 'job' },
          { name: 'NEW', value: 'job' },
        ],
      };
      const job = await account.describe(
        await account.submit({ jobDefinition, containerOverrides: overrides }),
      );
      const seen = Object.fromEntries(
        job.container?.environment?.map(({ name, value }) => [name, value]) ?? [],
      );
      expect(seen).toMatchObject({ KEPT: 'definition', CHANGED: 'job', NEW: 'job' });
    });

    test('overrides of requirements leave the others as they were', async (aws) => {
      const account = await prepared(aws);
      const jobId = await account.submit({
        containerOverrides: { resourceRequirements: [{ type: 'VCPU', value: '2' }] },
      });
      const { resourceRequirements = [] } = (await account.describe(jobId)).container ?? {};
      expect(new Map(resourceRequirements.map(({ type, value }) => [type, value]))).toEqual(
        new Map([
          ['VCPU', '2'],
          ['MEMORY', '128'],
        ]),
      );
    });

    test('parameters of the job go before those of the definition', async (aws) => {
      const account = await prepared(aws);
      const jobDefinition = await account.define({ parameters: { a: 'definition', b: 'definition' } });
      const job = await account.describe(await account.submit({ jobDefinition, parameters: { b: 'job' } }));
      expect(job.parameters).toEqual({ a: 'definition', b: 'job' });
    });

    test('jobs that are not there are left out of a description', async (aws) => {
      const account = await prepared(aws);
      const jobId = await account.submit();
      const { jobs } = await aws.batch.send(new DescribeJobsCommand({ jobs: [NOBODY, jobId] }));
      expect(jobs?.map((job) => job.jobId)).toEqual([jobId]);
    });

    test('more than 100 jobs cannot be described at once', async (aws) => {
      await prepared(aws);
      const jobs = Array.from({ length: 101 }, () => NOBODY);
      expect(await refusal(aws.batch.send(new DescribeJobsCommand({ jobs })))).toMatchObject(refused);
    });

    test('what has ended is left alone by cancelling and terminating it, and both are accepted', async (aws) => {
      const account = await prepared(aws);
      const before = await account.ended(await account.submit());
      const which = { jobId: before.jobId, reason: 'too late' };
      await aws.batch.send(new CancelJobCommand(which));
      await aws.batch.send(new TerminateJobCommand(which));
      const after = await account.describe(before.jobId ?? '');
      expect([after.status, after.statusReason]).toEqual([before.status, before.statusReason]);
    });

    test('an end without a reason is refused', async (aws) => {
      const account = await prepared(aws);
      const which = { jobId: await account.submit(), reason: '' };
      expect(await refusal(aws.batch.send(new TerminateJobCommand(which)))).toMatchObject(refused);
      expect(await refusal(aws.batch.send(new CancelJobCommand(which)))).toMatchObject(refused);
    });

    test('the log stream of a job that has written nothing is empty, and its token stays the same', async (aws) => {
      const account = await prepared(aws);
      const job = await account.ended(await account.submit());
      const logStreamName = job.container?.logStreamName;
      const which = { logGroupName: '/aws/batch/job', logStreamName, startFromHead: true };
      const first = await aws.logs.send(new GetLogEventsCommand(which));
      expect(first.events).toEqual([]);
      const nextToken = first.nextForwardToken;
      const second = await aws.logs.send(new GetLogEventsCommand({ ...which, nextToken }));
      expect(second.nextForwardToken).toBe(nextToken);
    });

    test('a log stream that is not there is refused', async (aws) => {
      const account = await prepared(aws);
      await account.ended(await account.submit());
      const which = { logGroupName: '/aws/batch/job', logStreamName: 'nothing/default/0' };
      expect(await refusal(aws.logs.send(new GetLogEventsCommand(which)))).toMatchObject({
        code: 'ResourceNotFoundException',
        status: 400,
      });
    });

    for (const [what, more] of Object.entries(refusals)) {
      test(`a job ${what} is refused`, async (aws) => {
        const account = await prepared(aws);
        const submit = account.trySubmit({ jobDefinition: await account.define(), ...more });
        expect(await refusal(submit)).toMatchObject(refused);
      });
    }
  });
};
