import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@groundwork/service/testing';
import { describe, expect, it } from 'vitest';
import { cancel, hold, release, requeue } from '../../src/adapters/postgres/steer.ts';
import { useDatabases } from '../support/database.ts';
import { dataset, dataSyncWorld, LASTING, TASK, withData } from '../support/datasync-world.ts';
import { exit, job } from '../support/ledger.ts';

const databases = useDatabases();
const world = () => dataSyncWorld(databases);
/** Several looks of a broker. */
const LOOKS_MS = 200;

describe('A job whose data a task brings', () => {
  it('waits for it, and then runs', async () => {
    const { submit, elements, job: read, until, broker, events, placeAll, end, jobsOf, told } = await world();
    const { a = '' } = await submit(withData());
    expect(await elements(a)).toEqual(['pending']);
    expect((await read(a)).state).toBe('pending');
    expect(await placeAll()).toEqual([]);
    await broker();
    const brought = await until(a, 'brought');
    expect(brought).toMatchObject({ task: TASK, attempts: 1, bytesDone: 1e9, bytesTotal: 1e9, reason: null });
    expect(await elements(a)).toEqual(['ready']);
    await end(await placeAll(), exit(0));
    expect((await read(a)).state).toBe('succeeded');
    expect(await jobsOf()).toEqual([a]);
    expect((await events(a)).filter((what) => what !== 'dataset.progress')).toEqual([
      'job.accepted',
      'dataset.started',
      'dataset.brought',
      'attempt.ended',
      'job.succeeded',
    ]);
    expect((await told(a))[0]?.detail).toMatchObject({
      task: TASK,
      attempt: 1,
      execution: brought.execution,
    });
  });

  it('does not keep others waiting, and an array of it begins as far as it may', async () => {
    const { submit, elements, until, broker } = await world();
    const { plain = '' } = await submit(job({ name: 'plain' }));
    const { a = '' } = await submit(withData({ array: { size: 3, atOnce: 2 } }));
    expect(await elements(plain)).toEqual(['ready']);
    expect(await elements(a)).toEqual(['pending', 'pending', 'pending']);
    await broker();
    await until(a, 'brought');
    expect(await elements(a)).toEqual(['ready', 'ready', 'pending']);
  });

  it('has it brought once what it waits for has come, and not in vain', async () => {
    const { submit, placeAll, end, until, transfer, broker, jobsOf, elements } = await world();
    const ids = await submit({
      name: 'two',
      jobs: [
        job({ name: 'good' }),
        job({ name: 'bad' }),
        withData({ dependsOn: [{ job: 'good' }] }),
        withData({ name: 'vain', dependsOn: [{ job: 'bad' }] }),
      ],
    });
    const [a = '', vain = ''] = [ids['a'], ids['vain']];
    await broker();
    await pause(LOOKS_MS);
    expect((await transfer(a)).state).toBe('waiting');
    await end(await placeAll(), (one) => exit(one.spec.name === 'good' ? 0 : 1));
    await until(a, 'brought');
    await until(vain, 'cancelled');
    expect(await elements(a)).toEqual(['ready']);
    expect(await elements(vain)).toEqual(['cancelled']);
    expect(await jobsOf()).toEqual([a]);
  });

  it('that is held has nothing brought until it is released', async () => {
    const { submit, within, until, transfer, broker, elements } = await world();
    const { a = '' } = await submit(withData());
    await within((tx) => hold(tx, a, 'ann'));
    await broker();
    await pause(LOOKS_MS);
    expect((await transfer(a)).state).toBe('waiting');
    await within((tx) => release(tx, a, 'ann'));
    expect(await elements(a)).toEqual(['pending']);
    await until(a, 'brought');
    expect(await elements(a)).toEqual(['ready']);
  });

  it('that is held meanwhile does not begin when it is there', async () => {
    const { control, submit, within, until, broker, elements } = await world();
    await control.set({ transferMs: 200 });
    const { a = '' } = await submit(withData());
    await broker();
    await until(a, 'running');
    await within((tx) => hold(tx, a, 'ann'));
    await until(a, 'brought');
    expect(await elements(a)).toEqual(['pending']);
    await within((tx) => release(tx, a, 'ann'));
    expect(await elements(a)).toEqual(['ready']);
  });

  it('is told at each tenth how much of it has come', async () => {
    const { control, submit, until, broker, told } = await world();
    await control.set({ transferMs: 1_000_000 });
    await control.outcome({ files: 100, bytes: 1_000 });
    const { a = '' } = await submit(withData());
    await broker();
    await until(a, 'running');
    const progress = async () => (await told(a)).filter(({ what }) => what === 'dataset.progress');
    for (const tenths of [1, 2]) {
      await control.advance(100_000);
      await eventually(async () => (await progress()).length === tenths);
      await pause(LOOKS_MS);
    }
    const [first, second, ...more] = await progress();
    expect(first?.detail).toMatchObject({ bytesTotal: 1_000, filesTotal: 100 });
    expect(first?.detail['bytesDone']).toBeGreaterThanOrEqual(100);
    expect(second?.detail['bytesDone']).toBeGreaterThanOrEqual(200);
    expect(more).toEqual([]);
  });
});

describe('Executions of a task', () => {
  it('are one for each job, one after the other, whatever other tasks do', async () => {
    const { control, submit, until, broker, jobsOf, transfer, other } = await world();
    await control.set(LASTING);
    const { a = '' } = await submit(withData());
    const { b = '' } = await submit(withData({ name: 'b' }));
    const { c = '' } = await submit(withData({ name: 'c', dataset: dataset('other') }));
    await broker();
    await until(a, 'running');
    await until(c, 'running');
    await pause(LOOKS_MS);
    expect((await transfer(b)).state).toBe('waiting');
    await control.advance(LASTING.transferMs);
    await until(a, 'brought');
    await until(b, 'running');
    await control.advance(LASTING.transferMs);
    await until(b, 'brought');
    expect(await jobsOf()).toEqual([a, b]);
    expect(await jobsOf(other)).toEqual([c]);
  });

  it('wait for one that somebody else has started, and say so', async () => {
    const { control, arn, submit, until, untilReason, broker, jobsOf } = await world();
    await control.set(LASTING);
    await control.call('StartTaskExecution', { TaskArn: arn });
    const { a = '' } = await submit(withData());
    await broker();
    await untilReason(a, /^lab-to-s3 is in use: .*\/execution\/exec-.* has not ended$/);
    await control.advance(LASTING.transferMs);
    await until(a, 'running');
    expect(await jobsOf()).toEqual([undefined, a]);
  });

  it('are one for each job with two brokers as well, of which one may go', async () => {
    const { control, submit, until, broker, jobsOf, elements } = await world();
    await control.set({ transferMs: 300 });
    const stop = await broker();
    await broker();
    const ids = await submit({
      name: 'four',
      jobs: ['a', 'b', 'c', 'd'].map((name) => withData({ name })),
    });
    await until(ids['a']!, 'running');
    await stop();
    for (const id of Object.values(ids)) await until(id, 'brought');
    expect(new Set(await jobsOf())).toEqual(new Set(Object.values(ids)));
    expect(await jobsOf()).toHaveLength(4);
    for (const id of Object.values(ids)) expect(await elements(id)).toEqual(['ready']);
  });
});

describe('A job that is cancelled', () => {
  it('while its data waits for the task has none of it brought', async () => {
    const { control, submit, within, until, broker, jobsOf, job: read } = await world();
    await control.set(LASTING);
    const { a = '' } = await submit(withData());
    const { b = '' } = await submit(withData({ name: 'b' }));
    await broker();
    await until(a, 'running');
    await within((tx) => cancel(tx, b, 'ann'));
    await until(b, 'cancelled');
    expect((await read(b)).state).toBe('cancelled');
    expect(await jobsOf()).toEqual([a]);
  });

  it('while its data is brought has that ended, and the next one gets the task', async () => {
    const { control, arn, submit, within, until, broker, told } = await world();
    await control.set(LASTING);
    const { a = '' } = await submit(withData());
    const { b = '' } = await submit(withData({ name: 'b' }));
    await broker();
    await until(a, 'running');
    await within((tx) => cancel(tx, a, 'ann'));
    await until(a, 'cancelled');
    expect((await told(a)).map(({ what }) => what)).toContain('dataset.cancelled');
    await until(b, 'running');
    expect((await control.executions(arn)).map(({ status }) => status)).toEqual(['ERROR', 'TRANSFERRING']);
  });

  it('while its execution waits in the queue of an agent has that ended', async () => {
    const { control, arn, submit, within, until, broker } = await world();
    await control.set({ launchMs: 3_600_000 });
    const { a = '' } = await submit(withData());
    await broker();
    await until(a, 'running');
    await within((tx) => cancel(tx, a, 'ann'));
    await until(a, 'cancelled');
    expect((await control.executions(arn)).map(({ status }) => status)).toEqual(['ERROR']);
  });

  it('and asked for again has its data brought again', async () => {
    const { control, submit, within, until, broker, jobsOf, elements, transfer } = await world();
    await control.set(LASTING);
    const { a = '' } = await submit(withData());
    await broker();
    await until(a, 'running');
    await within((tx) => cancel(tx, a, 'ann'));
    await until(a, 'cancelled');
    await control.set({ transferMs: 10 });
    await within((tx) => requeue(tx, a, 'ann'));
    await until(a, 'brought');
    expect(await transfer(a)).toMatchObject({ attempts: 2 });
    expect(await elements(a)).toEqual(['ready']);
    expect(await jobsOf()).toEqual([a, a]);
  });
});

describe('An execution that fails', () => {
  const error = { code: 'NoSpace', detail: 'The disc is full.' };

  it('is tried again', async () => {
    const { control, arn, submit, until, broker, told } = await world();
    await control.outcome({ error, times: 1 });
    const { a = '' } = await submit(withData({ retries: { backoffSeconds: 0 } }));
    await broker();
    expect(await until(a, 'brought')).toMatchObject({ attempts: 2 });
    const failed = (await told(a)).find(({ what }) => what === 'dataset.failed');
    expect(failed?.detail).toMatchObject({
      attempt: 1,
      again: true,
      reason: 'DataSync ended in ERROR: NoSpace: The disc is full.; retry 1 of 3 (infrastructure)',
    });
    const attempts = (await control.executions(arn)).map(({ tags }) => tags['groundwork:attempt']);
    expect(attempts).toEqual(['1', '2']);
  });

  it('too often ends its job with the reason, and who waits for that is told', async () => {
    const { control, submit, until, broker, job: read, elements, jobsOf } = await world();
    await control.outcome({ error });
    const ids = await submit({
      name: 'three',
      jobs: [
        withData({ array: { size: 2 }, retries: { infrastructure: 1, backoffSeconds: 0 } }),
        job({ name: 'after', dependsOn: [{ job: 'a' }] }),
        job({ name: 'otherwise', dependsOn: [{ job: 'a', when: 'afternotok' }] }),
      ],
    });
    const a = ids['a']!;
    await broker();
    await until(a, 'failed');
    expect(await read(a)).toEqual({
      state: 'failed',
      open: 0,
      reason:
        'its data was not brought by lab-to-s3: DataSync ended in ERROR: NoSpace: The disc is full.; retries.infrastructure is used up: 1',
    });
    expect(await elements(a)).toEqual(['failed', 'failed']);
    expect(await read(ids['after']!)).toMatchObject({ state: 'cancelled' });
    expect(await elements(ids['otherwise']!)).toEqual(['ready']);
    expect(await jobsOf()).toEqual([a, a]);
  });

  it('for good is brought when its job is asked for again', async () => {
    const { control, submit, within, until, broker, elements } = await world();
    await control.outcome({ error, times: 1 });
    const { a = '' } = await submit(withData({ retries: { infrastructure: 0 } }));
    await broker();
    await until(a, 'failed');
    await within((tx) => requeue(tx, a, 'ann'));
    expect(await elements(a)).toEqual(['pending']);
    expect(await until(a, 'brought')).toMatchObject({ attempts: 2 });
    expect(await elements(a)).toEqual(['ready']);
  });

  it('because the task is gone ends its job as well', async () => {
    const { control, arn, submit, until, broker } = await world();
    const { a = '' } = await submit(withData({ retries: { infrastructure: 1, backoffSeconds: 0 } }));
    await control.call('DeleteTask', { TaskArn: arn });
    await broker();
    expect(await until(a, 'failed')).toMatchObject({
      attempts: 0,
      reason: expect.stringMatching(/is not found\.; retries\.infrastructure is used up: 1$/),
    });
  });
});
