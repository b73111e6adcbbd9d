import { DescribeLogStreamsCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@groundwork/service/testing';
import { expect, it } from 'vitest';
import { startBatch } from './batch.ts';
import { stateDir } from './sandbox.ts';

const GROUP = '/aws/batch/job';

async function written(output: string[]) {
  const batch = await startBatch();
  await batch.control.outcome({ output });
  const job = await batch.ended(await batch.submit());
  const logStreamName = job.container?.logStreamName;
  const get = async (more: object = {}) => {
    const answer = await batch.logs.send(
      new GetLogEventsCommand({ logGroupName: GROUP, logStreamName, ...more }),
    );
    return { ...answer, lines: answer.events?.map(({ message }) => message) };
  };
  return { ...batch, job, logStreamName, get };
}

it('goes forward from the head, to the end and not beyond it', async () => {
  const { get } = await written(['a', 'b', 'c']);
  const from = { startFromHead: true, limit: 2 };
  const first = await get(from);
  expect(first.lines).toEqual(['a', 'b']);
  const second = await get({ ...from, nextToken: first.nextForwardToken });
  expect(second.lines).toEqual(['c']);
  const third = await get({ ...from, nextToken: second.nextForwardToken });
  expect(third.lines).toEqual([]);
  expect(third.nextForwardToken).toBe(second.nextForwardToken);
  // And back again.
  expect((await get({ ...from, nextToken: third.nextBackwardToken })).lines).toEqual(['b', 'c']);
});

it('begins with the latest when it is not told to begin with the first, and goes back from there', async () => {
  const { get } = await written(['a', 'b', 'c']);
  const first = await get({ limit: 2 });
  expect(first.lines).toEqual(['b', 'c']);
  const second = await get({ limit: 2, nextToken: first.nextBackwardToken });
  expect(second.lines).toEqual(['a']);
  const third = await get({ limit: 2, nextToken: second.nextBackwardToken });
  expect(third.lines).toEqual([]);
  expect(third.nextBackwardToken).toBe(second.nextBackwardToken);
});

it('gives what is written later to whoever comes back with the last token', async () => {
  const { shell, until, lines, logs } = await startBatch({ runBatchJobs: true });
  const gate = join(stateDir(), 'gate');
  const id = await shell(`echo one; until [ -e ${gate} ]; do sleep 0.01; done; echo two`);
  const job = await until(id, 'runs', ({ status }) => status === 'RUNNING');
  const logStreamName = job.container?.logStreamName;
  await expect.poll(() => lines(logStreamName)).toEqual(['one']);
  const which = { logGroupName: GROUP, logStreamName, startFromHead: true };
  const { nextForwardToken: nextToken } = await logs.send(new GetLogEventsCommand(which));
  writeFileSync(gate, '');
  const later = await eventually(async () => {
    const { events = [] } = await logs.send(new GetLogEventsCommand({ ...which, nextToken }));
    return events.length > 0 && events;
  });
  expect(later.map(({ message }) => message)).toEqual(['two']);
});

it('tells when, and gives what was written in between', async () => {
  const { get, job } = await written(['a']);
  const { events } = await get();
  const at = events?.[0]?.timestamp ?? 0;
  expect(at).toBeGreaterThanOrEqual(job.startedAt ?? Infinity);
  expect((await get({ startTime: at, endTime: at + 1 })).lines).toEqual(['a']);
  expect((await get({ startTime: at + 1 })).lines).toEqual([]);
  expect((await get({ endTime: at })).lines).toEqual([]);
});

it('has no more than a megabyte on a page', async () => {
  const { get } = await written(Array.from({ length: 40 }, () => 'x'.repeat(60_000)));
  const first = await get({ startFromHead: true });
  expect(first.lines).toHaveLength(17);
  const second = await get({ startFromHead: true, nextToken: first.nextForwardToken });
  expect(second.lines).toHaveLength(17);
});

it('lists streams by name', async () => {
  const { logs, logStreamName } = await written(['a']);
  const list = async (logStreamNamePrefix: string) => {
    const command = new DescribeLogStreamsCommand({ logGroupName: GROUP, logStreamNamePrefix });
    return (await logs.send(command)).logStreams;
  };
  expect(await list('plain/default/')).toMatchObject([{ logStreamName }]);
  expect(await list('other/')).toEqual([]);
});

it('refuses a group that is not there, tokens of nobody, and limits out of range', async () => {
  const { get } = await written(['a']);
  const missing = { name: 'ResourceNotFoundException' };
  const invalid = { name: 'InvalidParameterException' };
  await expect(get({ logGroupName: '/other' })).rejects.toMatchObject(missing);
  await expect(get({ nextToken: 'nonsense' })).rejects.toMatchObject(invalid);
  await expect(get({ limit: 0 })).rejects.toMatchObject(invalid);
  await expect(get({ limit: 10_001 })).rejects.toMatchObject(invalid);
  await expect(get({ logGroupIdentifier: GROUP })).rejects.toMatchObject(invalid);
});
