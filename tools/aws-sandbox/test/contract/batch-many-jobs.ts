import { ListJobsCommand, type ListJobsCommandInput } from '@aws-sdk/client-batch';
import { describe, expect } from 'vitest';
import { BatchAccount, container } from './batch.ts';
import type { Aws, Suite } from './contract.ts';
import { refusal, uniqueName } from './helpers.ts';

const refused = { code: 'ClientException', status: 400 };

export const describeBatchManyJobs: Suite = ({ target, test }) => {
  const prepared = (aws: Aws) => BatchAccount.shared(aws, target);
  const own = (aws: Aws) => BatchAccount.of(aws, target);
  const list = async (aws: Aws, input: ListJobsCommandInput) =>
    (await aws.batch.send(new ListJobsCommand(input))).jobSummaryList ?? [];
  const named = (...values: string[]) => ({ filters: [{ name: 'JOB_NAME', values }] });

  describe('Batch arrays and dependencies', () => {
    test('the children of an array have its id and their index', async (aws) => {
      const account = await prepared(aws);
      const jobId = await account.submit({ arrayProperties: { size: 3 } });
      expect(await account.ended(jobId)).toMatchObject({ status: 'SUCCEEDED', arrayProperties: { size: 3 } });
      const children = await list(aws, { arrayJobId: jobId, jobStatus: 'SUCCEEDED' });
      expect(new Set(children.map((child) => child.jobId))).toEqual(
        new Set([0, 1, 2].map((i) => `${jobId}:${i}`)),
      );
      const child = await account.describe(`${jobId}:1`);
      expect(child).toMatchObject({ status: 'SUCCEEDED', arrayProperties: { index: 1 } });
    });

    test('an array counts its children by status', async (aws) => {
      const account = await prepared(aws);
      const job = await account.ended(await account.submit({ arrayProperties: { size: 4 } }));
      expect(job.arrayProperties?.statusSummary).toMatchObject({ SUCCEEDED: 4, FAILED: 0, RUNNING: 0 });
    });

    test('the children of an array are not listed with the jobs of its queue', async (aws) => {
      const account = await own(aws);
      const jobId = await account.submit({ arrayProperties: { size: 2 } });
      await account.ended(jobId);
      const all = await list(aws, { jobQueue: account.queue, jobStatus: 'SUCCEEDED' });
      expect(all.map((job) => job.jobId)).toEqual([jobId]);
    });

    test('a job starts when those that it depends on have succeeded', async (aws) => {
      const account = await prepared(aws);
      const first = await account.submit();
      const array = await account.submit({ arrayProperties: { size: 2 } });
      const last = await account.submit({ dependsOn: [{ jobId: first }, { jobId: array }] });
      const [one, two, three] = [
        await account.ended(first),
        await account.ended(array),
        await account.ended(last),
      ];
      expect(three.status).toBe('SUCCEEDED');
      expect(three.startedAt).toBeGreaterThanOrEqual(
        Math.max(one.stoppedAt ?? Infinity, two.stoppedAt ?? Infinity),
      );
      expect(three.dependsOn?.map((other) => other.jobId)).toEqual([first, array]);
    });

    test('in sequence, the children of an array follow on each other', async (aws) => {
      const account = await prepared(aws);
      const jobId = await account.submit({
        arrayProperties: { size: 3 },
        dependsOn: [{ type: 'SEQUENTIAL' }],
      });
      await account.ended(jobId);
      const children = await Promise.all([0, 1, 2].map((i) => account.describe(`${jobId}:${i}`)));
      for (const i of [1, 2]) {
        expect(children[i]?.startedAt).toBeGreaterThanOrEqual(children[i - 1]?.stoppedAt ?? Infinity);
      }
    });

    test('N_TO_N between arrays of different sizes is refused', async (aws) => {
      const account = await prepared(aws);
      const jobId = await account.submit({ arrayProperties: { size: 2 } });
      const submit = account.trySubmit({
        jobDefinition: await account.define(),
        arrayProperties: { size: 3 },
        dependsOn: [{ jobId, type: 'N_TO_N' }],
      });
      expect(await refusal(submit)).toMatchObject(refused);
    });
  });

  describe('Batch multi-node parallel jobs', () => {
    const gang = (account: BatchAccount, targetNodes = '0:') =>
      account.define({
        type: 'multinode',
        nodeProperties: {
          numNodes: 2,
          mainNode: 0,
          nodeRangeProperties: [{ targetNodes, container: container() }],
        },
      });

    test('a multi-node job succeeds with its main node, and its nodes are listed by it', async (aws) => {
      const account = await prepared(aws);
      const jobId = await account.submit({ jobDefinition: await gang(account) });
      expect(await account.ended(jobId)).toMatchObject({
        status: 'SUCCEEDED',
        nodeProperties: { numNodes: 2 },
      });
      expect(await account.describe(`${jobId}#0`)).toMatchObject({
        status: 'SUCCEEDED',
        nodeDetails: { nodeIndex: 0, isMainNode: true },
      });
      const nodes = await list(aws, { multiNodeJobId: jobId, jobStatus: 'SUCCEEDED' });
      expect(nodes.map((node) => node.jobId)).toContain(`${jobId}#0`);
    });

    test('the number of nodes is overridden where a range is open', async (aws) => {
      const account = await prepared(aws);
      const jobDefinition = await gang(account);
      const jobId = await account.submit({ jobDefinition, nodeOverrides: { numNodes: 3 } });
      expect((await account.describe(jobId)).nodeProperties?.numNodes).toBe(3);
    });

    test('the number of nodes is not overridden where no range is open', async (aws) => {
      const account = await prepared(aws);
      const submit = account.trySubmit({
        jobDefinition: await gang(account, '0:1'),
        nodeOverrides: { numNodes: 3 },
      });
      expect(await refusal(submit)).toMatchObject(refused);
    });

    test('overrides of a range of nodes that the definition has not are refused', async (aws) => {
      const account = await prepared(aws);
      const submit = account.trySubmit({
        jobDefinition: await gang(account),
        nodeOverrides: {
          nodePropertyOverrides: [{ targetNodes: '0:0', containerOverrides: { command: ['true'] } }],
        },
      });
      expect(await refusal(submit)).toMatchObject(refused);
    });
  });

  describe('Batch lists of jobs', () => {
    test('jobs are listed by status, RUNNING unless another is asked for', async (aws) => {
      const account = await own(aws);
      const jobId = await account.submit();
      await account.ended(jobId);
      expect(await list(aws, { jobQueue: account.queue })).toEqual([]);
      const [job] = await list(aws, { jobQueue: account.queue, jobStatus: 'SUCCEEDED' });
      expect(job).toMatchObject({ jobId, status: 'SUCCEEDED', container: { exitCode: 0 } });
    });

    test('a job is found by its name, whatever its status and the case of its letters', async (aws) => {
      const account = await prepared(aws);
      const name = uniqueName('Wanted');
      const jobId = await account.submit({ jobName: name });
      await account.submit({ jobName: `${name}-2` });
      const found = await list(aws, { jobQueue: account.queue, ...named(name.toLowerCase()) });
      expect(found.map((job) => job.jobId)).toEqual([jobId]);
      await account.ended(jobId);
      expect(await list(aws, { jobQueue: account.queue, ...named(name) })).toHaveLength(1);
    });

    test('an asterisk at the end of a name stands for any rest', async (aws) => {
      const account = await prepared(aws);
      const name = uniqueName('wanted');
      const wanted = [
        await account.submit({ jobName: `${name}-1` }),
        await account.submit({ jobName: `${name}-2` }),
      ];
      await account.submit({ jobName: 'other' });
      const found = await list(aws, { jobQueue: account.queue, ...named(`${name}*`) });
      expect(new Set(found.map((job) => job.jobId))).toEqual(new Set(wanted));
    });

    test('jobs are found by the time of their creation, the newest first', async (aws) => {
      const account = await own(aws);
      const ids: string[] = [];
      for (let i = 0; i < 3; i += 1) ids.push(await account.submit());
      const { createdAt = 0 } = await account.describe(ids[0] ?? '');
      const asked = (name: string, time: number) =>
        list(aws, { jobQueue: account.queue, filters: [{ name, values: [String(time)] }] });
      const after = await asked('AFTER_CREATED_AT', createdAt - 1);
      expect(after.map((job) => job.jobId)).toEqual(ids.toReversed());
      expect(await asked('BEFORE_CREATED_AT', createdAt)).toEqual([]);
      expect(await asked('AFTER_CREATED_AT', Date.now() + 60_000)).toEqual([]);
    });

    test('lists come in pages', async (aws) => {
      const account = await prepared(aws);
      const ids: string[] = [];
      for (let i = 0; i < 3; i += 1) ids.push(await account.submit({ jobName: 'paged' }));
      const which = { jobQueue: account.queue, ...named('paged'), maxResults: 2 };
      const first = await aws.batch.send(new ListJobsCommand(which));
      expect(first.jobSummaryList).toHaveLength(2);
      const second = await aws.batch.send(new ListJobsCommand({ ...which, nextToken: first.nextToken }));
      const all = [...(first.jobSummaryList ?? []), ...(second.jobSummaryList ?? [])];
      expect(new Set(all.map((job) => job.jobId))).toEqual(new Set(ids));
      expect(second.nextToken).toBeUndefined();
    });

    test('a token nobody gave is no page of jobs', async (aws) => {
      const { queue } = await prepared(aws);
      const call = aws.batch.send(new ListJobsCommand({ jobQueue: queue, nextToken: 'nonsense' }));
      expect(await refusal(call)).toMatchObject(refused);
    });

    test('a list is that of one queue, one array or one multi-node job', async (aws) => {
      const { queue } = await prepared(aws);
      expect(await refusal(aws.batch.send(new ListJobsCommand({})))).toMatchObject(refused);
      const both = aws.batch.send(new ListJobsCommand({ jobQueue: queue, arrayJobId: 'x' }));
      expect(await refusal(both)).toMatchObject(refused);
    });

    test('two filters at once are refused', async (aws) => {
      const { queue } = await prepared(aws);
      const filters = ['a', 'b'].map((value) => ({ name: 'JOB_NAME', values: [value] }));
      expect(await refusal(aws.batch.send(new ListJobsCommand({ jobQueue: queue, filters })))).toMatchObject(
        refused,
      );
    });

    test('the list of a queue that is not there is refused', async (aws) => {
      const { queue } = await prepared(aws);
      const call = aws.batch.send(new ListJobsCommand({ jobQueue: `${queue}x` }));
      expect(await refusal(call)).toMatchObject(refused);
    });
  });
};
