import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { cancel } from '../../src/adapters/postgres/steer.ts';
import { useDatabases } from '../support/database.ts';
import { dataSyncWorld, LASTING, withData } from '../support/datasync-world.ts';

const databases = useDatabases();
const world = () => dataSyncWorld(databases);
/** All that a broker asks of DataSync to bring something. */
const CALLS = [
  'ListTaskExecutions',
  'StartTaskExecution',
  'ListTagsForResource',
  'DescribeTaskExecution',
] as const;
const QUIET_MS = 300;

describe('Data is brought once, and its job begins', () => {
  it.for(CALLS)('when answers to %s get lost', async (call) => {
    const { control, arn, submit, until, broker, elements, jobsOf } = await world();
    // One of somebody else, whose tags are read.
    await control.call('StartTaskExecution', { TaskArn: arn });
    await control.loseAnswers(call, 3);
    const { a = '' } = await submit(withData());
    await broker();
    await until(a, 'brought');
    await control.clearFaults();
    expect(await elements(a)).toEqual(['ready']);
    expect(await jobsOf()).toEqual([undefined, a]);
  });

  it.for(CALLS)('when requests for %s get lost', async (call) => {
    const { control, arn, submit, until, broker, jobsOf } = await world();
    await control.call('StartTaskExecution', { TaskArn: arn });
    await control.loseRequests(call, 2);
    const { a = '' } = await submit(withData());
    await broker();
    await until(a, 'brought');
    await control.clearFaults();
    expect(await jobsOf()).toEqual([undefined, a]);
  });

  it.for(CALLS)('when %s is throttled', async (call) => {
    const { control, submit, until, broker, jobsOf } = await world();
    await control.throttle(call, 3);
    const { a = '' } = await submit(withData());
    await broker();
    // Nobody is to blame: no attempt is counted.
    expect(await until(a, 'brought')).toMatchObject({ attempts: 1 });
    await control.clearFaults();
    expect(await jobsOf()).toEqual([a]);
  });

  it.for(CALLS)('when %s fails for a while', async (call) => {
    const { control, submit, until, broker, jobsOf } = await world();
    await control.fault({ kind: 'error', operation: `datasync:${call}`, times: 3 });
    const { a = '' } = await submit(withData());
    await broker();
    expect(await until(a, 'brought')).toMatchObject({ attempts: 1 });
    await control.clearFaults();
    expect(await jobsOf()).toEqual([a]);
  });

  it('when executions are listed late, and the answer to the start got lost', async () => {
    const { control, submit, until, broker, jobsOf } = await world();
    await control.listLate(QUIET_MS / 2);
    await control.loseAnswers('StartTaskExecution');
    const { a = '' } = await submit(withData());
    await broker();
    await until(a, 'brought');
    await control.clearFaults();
    expect(await jobsOf()).toEqual([a]);
  });

  it('when its execution had ended before anybody could look for it', async () => {
    const { control, arn, submit, until, untilReason, broker, jobsOf } = await world();
    await control.loseAnswers('StartTaskExecution');
    const { a = '' } = await submit(withData());
    const stop = await broker({ everyMs: 3_600_000 });
    await untilReason(a, /^DataSync does not answer: .*; it is looked for$/);
    await stop();
    await pause(QUIET_MS);
    expect((await control.executions(arn)).map(({ status }) => status)).toEqual(['SUCCESS']);
    await broker();
    await until(a, 'brought');
    expect(await jobsOf()).toEqual([a]);
  });
});

describe('A start of which nobody knows', () => {
  it('keeps the task from other jobs until it is found', async () => {
    const { control, submit, until, untilReason, broker, jobsOf, transfer } = await world();
    await control.set(LASTING);
    await control.loseAnswers('StartTaskExecution');
    const { a = '' } = await submit(withData());
    const stop = await broker({ everyMs: 3_600_000 });
    await untilReason(a, /it is looked for$/);
    await stop();
    const { b = '' } = await submit(withData({ name: 'b' }));
    await control.listLate(100);
    await broker();
    expect(await until(a, 'running')).toMatchObject({ attempts: 1 });
    expect((await transfer(b)).state).toBe('waiting');
    await control.clearFaults();
    expect(await jobsOf()).toEqual([a]);
  });

  it('of a job that is cancelled is found, and ended', async () => {
    const { control, arn, submit, within, until, untilReason, broker } = await world();
    await control.set(LASTING);
    await control.loseAnswers('StartTaskExecution');
    const { a = '' } = await submit(withData());
    const stop = await broker({ everyMs: 3_600_000 });
    await untilReason(a, /it is looked for$/);
    await stop();
    await within((tx) => cancel(tx, a, 'ann'));
    await broker();
    await until(a, 'cancelled');
    expect((await control.executions(arn)).map(({ status }) => status)).toEqual(['ERROR']);
  });

  it('of a job that is cancelled is given up when it was not taken', async () => {
    const { control, arn, submit, within, until, untilReason, broker } = await world();
    await control.loseRequests('StartTaskExecution');
    const { a = '' } = await submit(withData());
    const stop = await broker({ everyMs: 3_600_000 });
    await untilReason(a, /it is looked for$/);
    await stop();
    await within((tx) => cancel(tx, a, 'ann'));
    await broker();
    await until(a, 'cancelled');
    expect(await control.executions(arn)).toEqual([]);
  });
});

describe('A cancellation', () => {
  it.for(['loseAnswers', 'loseRequests', 'throttle'] as const)(
    'is asked for again after %s',
    async (fault) => {
      const { control, arn, submit, within, until, broker } = await world();
      await control.set(LASTING);
      const { a = '' } = await submit(withData());
      await broker();
      await until(a, 'running');
      await control[fault]('CancelTaskExecution', 2);
      await within((tx) => cancel(tx, a, 'ann'));
      await until(a, 'cancelled');
      expect((await control.executions(arn)).map(({ status }) => status)).toEqual(['ERROR']);
    },
  );

  it('that comes too late leaves what was brought', async () => {
    const { control, submit, within, until, broker } = await world();
    await control.set(LASTING);
    const { a = '' } = await submit(withData());
    const stop = await broker();
    await until(a, 'running');
    await stop();
    await within((tx) => cancel(tx, a, 'ann'));
    await control.advance(LASTING.transferMs);
    await broker();
    await until(a, 'brought');
  });
});

describe('What keeps data from being brought', () => {
  it('is said until it is over', async () => {
    const { control, submit, untilReason, until, broker } = await world();
    await control.throttle('StartTaskExecution');
    const { a = '' } = await submit(withData());
    await broker();
    const waiting = await untilReason(
      a,
      /^DataSync takes nothing just now: ThrottlingException: Rate exceeded; it is tried again$/,
    );
    expect(waiting).toMatchObject({ state: 'waiting', attempts: 0 });
    await control.clearFaults();
    expect((await until(a, 'brought')).reason).toBeNull();
  });
});
