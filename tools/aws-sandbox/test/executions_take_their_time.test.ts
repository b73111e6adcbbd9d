import { expect, it, onTestFinished } from 'vitest';
import { startDataSyncSandbox } from '../src/testing/datasync.ts';
import type { SandboxOptions } from '../src/sandbox.ts';
import { stateDir } from './sandbox.ts';

const SLOW = { launchMs: 1_000, prepareMs: 1_000, transferMs: 100_000, verifyMs: 1_000, cancelMs: 1_000 };

const once = (work: () => Promise<void>) => {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
};

async function prepared(options: Partial<SandboxOptions> = {}) {
  const sandbox = await startDataSyncSandbox(options);
  const close = once(() => sandbox.close());
  onTestFinished(close);
  const { control } = sandbox;
  await control.set(SLOW);
  const start = async (TaskArn: string): Promise<string> =>
    String((await control.call('StartTaskExecution', { TaskArn }))['TaskExecutionArn']);
  const look = (TaskExecutionArn: string) => control.call('DescribeTaskExecution', { TaskExecutionArn });
  return { control, start, look, close };
}

it('shows what an execution has transferred so far, once it knows of how much', async () => {
  const { control, start, look } = await prepared();
  await control.outcome({ files: 200, bytes: 1_000_000 });
  const arn = await start(await control.makeTask('lab'));
  expect(await look(arn)).toMatchObject({ Status: 'LAUNCHING', EstimatedBytesToTransfer: 0 });
  await control.advance(1_000);
  expect(await look(arn)).toMatchObject({ Status: 'PREPARING', EstimatedBytesToTransfer: 0 });
  await control.advance(51_000);
  const half = await look(arn);
  expect(half).toMatchObject({ Status: 'TRANSFERRING', EstimatedBytesToTransfer: 1_000_000 });
  expect(half['BytesWritten']).toBeGreaterThanOrEqual(500_000);
  expect(half['BytesWritten']).toBeLessThan(600_000);
  await control.advance(50_000);
  expect(await look(arn)).toMatchObject({ Status: 'VERIFYING', BytesWritten: 1_000_000 });
  await control.advance(1_000);
  expect(await look(arn)).toMatchObject({ Status: 'SUCCESS', FilesTransferred: 200 });
});

it('fails executions as it is told, and says why', async () => {
  const { control, start, look } = await prepared();
  const [lab, other] = [await control.makeTask('lab'), await control.makeTask('other')];
  await control.outcome({ task: 'lab', error: { code: 'NoSpace', detail: 'The disc is full.' }, times: 1 });
  const [failed, fine] = [await start(lab), await start(other)];
  const again = await start(lab);
  await control.advance(300_000);
  expect(await look(failed)).toMatchObject({
    Status: 'ERROR',
    Result: { ErrorCode: 'NoSpace', ErrorDetail: 'The disc is full.' },
  });
  expect(await look(fine)).toMatchObject({ Status: 'SUCCESS' });
  expect(await look(again)).toMatchObject({ Status: 'SUCCESS' });
});

it('goes on with executions after a restart, where the clock says', async () => {
  const dir = stateDir();
  const before = await prepared({ stateDir: dir });
  const task = await before.control.makeTask('lab');
  const arns = [await before.start(task), await before.start(task)];
  await before.control.advance(50_000);
  await before.close();
  const after = await prepared({ stateDir: dir });
  expect(await after.look(arns[0]!)).toMatchObject({ Status: 'TRANSFERRING' });
  expect(await after.look(arns[1]!)).toMatchObject({ Status: 'QUEUED' });
  await after.control.advance(53_500);
  expect(await after.look(arns[0]!)).toMatchObject({ Status: 'SUCCESS' });
  expect(await after.look(arns[1]!)).toMatchObject({ Status: 'LAUNCHING' });
});

it('loses answers and requests, is throttled and fails, as DataSync does', async () => {
  const { control, start } = await prepared();
  const task = await control.makeTask('lab');
  await control.loseRequests('StartTaskExecution');
  await expect(start(task)).rejects.toThrow('fetch failed');
  expect(await control.executions(task)).toHaveLength(0);
  await control.loseAnswers('StartTaskExecution');
  await expect(start(task)).rejects.toThrow('fetch failed');
  expect(await control.executions(task)).toHaveLength(1);
  await control.throttle('StartTaskExecution', 1);
  await expect(start(task)).rejects.toThrow('400 Rate exceeded');
  await control.fault({ kind: 'error', operation: 'datasync:StartTaskExecution', times: 1 });
  await expect(start(task)).rejects.toThrow('500');
  expect(await control.executions(task)).toHaveLength(1);
});

it('lists late what can be described at once', async () => {
  const { control, start, look } = await prepared();
  const task = await control.makeTask('lab');
  await control.listLate(30_000);
  const arn = await start(task);
  expect(await look(arn)).toMatchObject({ Status: 'LAUNCHING' });
  expect(await control.executions(task)).toEqual([]);
  await control.advance(30_000);
  expect(await control.executions(task)).toHaveLength(1);
});

it('names what it does not have', async () => {
  const { control } = await prepared();
  await expect(control.call('CreateAgent', {})).rejects.toThrow('datasync:CreateAgent');
  const task = await control.makeTask('lab');
  await expect(control.call('StartTaskExecution', { TaskArn: task, ManifestConfig: {} })).rejects.toThrow(
    'ManifestConfig',
  );
});
