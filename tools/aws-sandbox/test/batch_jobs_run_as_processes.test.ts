import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RegisterJobDefinitionCommand, TerminateJobCommand } from '@aws-sdk/client-batch';
import { expect, it } from 'vitest';
import { pidsOf } from '../src/batch/containers/leftovers.ts';
import { small, startBatch } from './batch.ts';
import { stateDir } from './sandbox.ts';

const start = () => startBatch({ runBatchJobs: true });

it('runs a command with the environment of a container and a TMPDIR, and keeps what it writes in order', async () => {
  const { shell, ended, lines } = await start();
  const id = await shell('', {
    parameters: { greeting: 'hello' },
    containerOverrides: {
      command: [
        'sh',
        '-c',
        'echo Ref::greeting; echo oops >&2; echo $OWN; cat /proc/$$/environ | tr "\\0" "\\n"',
      ],
      environment: [{ name: 'OWN', value: 'yes' }],
    },
  });
  const job = await ended(id);
  expect(job).toMatchObject({
    status: 'SUCCEEDED',
    statusReason: 'Essential container in task exited',
    container: { exitCode: 0 },
  });
  expect(job.stoppedAt).toBeGreaterThanOrEqual(job.startedAt ?? 0);
  const [hello, oops, own, ...environment] = await lines(job.container?.logStreamName);
  expect([hello, oops, own]).toEqual(['hello', 'oops', 'yes']);
  expect(new Set(environment.map((one) => one.split('=')[0]))).toEqual(
    new Set([
      'PATH',
      'TMPDIR',
      'OWN',
      'AWS_BATCH_CE_NAME',
      'AWS_BATCH_JOB_ATTEMPT',
      'AWS_BATCH_JOB_ID',
      'AWS_BATCH_JQ_NAME',
    ]),
  );
  expect(environment).toContain(`AWS_BATCH_JOB_ID=${id}`);
});

it.each([
  ['exit 3', 3],
  ['kill -9 $$', 137],
  ['kill -TERM $$', 143],
])('tells how "%s" ended as a container does', async (script, exitCode) => {
  const { shell, ended } = await start();
  const job = await ended(await shell(script));
  expect(job).toMatchObject({
    status: 'FAILED',
    container: { exitCode },
    attempts: [{ container: { exitCode } }],
  });
});

it('does not start what cannot be executed', async () => {
  const { submit, ended } = await start();
  const job = await ended(await submit({ containerOverrides: { command: ['no-such-thing'] } }));
  expect(job).toMatchObject({ status: 'FAILED', statusReason: 'Task failed to start' });
  expect(job.container?.reason).toContain('CannotStartContainerError');
  expect(job.container?.exitCode).toBeUndefined();
});

it('terminates with SIGTERM, and with SIGKILL what has not ended 30 s later', async () => {
  const { shell, ended, until, batch, lines } = await start();
  const polite = await shell('trap "echo bye; exit 7" TERM; echo up; while :; do sleep 0.01; done');
  const stubborn = await shell('trap "" TERM; echo up; while :; do sleep 0.01; done');
  for (const jobId of [polite, stubborn]) {
    const job = await until(jobId, 'runs', ({ status }) => status === 'RUNNING');
    await expect.poll(() => lines(job.container?.logStreamName)).toEqual(['up']);
    await batch.send(new TerminateJobCommand({ jobId, reason: 'enough' }));
  }
  const first = await ended(polite);
  expect(first).toMatchObject({ status: 'FAILED', statusReason: 'enough', isTerminated: true });
  expect(first.container?.exitCode).toBe(7);
  expect(await lines(first.container?.logStreamName)).toEqual(['up', 'bye']);
  const second = await ended(stubborn);
  expect(second).toMatchObject({ status: 'FAILED', statusReason: 'enough' });
  expect(second.container?.exitCode).toBe(137);
  expect((second.stoppedAt ?? 0) - (second.startedAt ?? 0)).toBeGreaterThanOrEqual(300);
});

it('runs the nodes of a multi-node job side by side, and ends them with the main node', async () => {
  const { batch, submit, ended, describe, lines } = await start();
  const gate = join(stateDir(), 'gate');
  const script = `
    echo $AWS_BATCH_JOB_NODE_INDEX $AWS_BATCH_JOB_NUM_NODES $AWS_BATCH_JOB_MAIN_NODE_INDEX [$AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS]
    if [ $AWS_BATCH_JOB_NODE_INDEX != 1 ]; then exec sleep 100; fi
    until [ -e ${gate} ]; do sleep 0.01; done`;
  const container = { ...small, command: ['sh', '-c', script] };
  await batch.send(
    new RegisterJobDefinitionCommand({
      jobDefinitionName: 'gang',
      type: 'multinode',
      nodeProperties: { numNodes: 3, mainNode: 1, nodeRangeProperties: [{ targetNodes: '0:', container }] },
    }),
  );
  const id = await submit({ jobDefinition: 'gang' });
  const written = (node: number) => async () => {
    const stream = (await describe(`${id}#${node}`))?.container?.logStreamName;
    return stream === undefined ? [] : lines(stream);
  };
  await expect.poll(written(0)).toEqual(['0 3 1 [127.0.0.1]']);
  await expect.poll(written(1)).toEqual(['1 3 1 []']);
  await expect.poll(written(2)).toEqual(['2 3 1 [127.0.0.1]']);
  writeFileSync(gate, '');
  expect(await ended(id)).toMatchObject({ status: 'SUCCEEDED', attempts: [{ container: { exitCode: 0 } }] });
  expect(await describe(`${id}#0`)).toMatchObject({
    status: 'FAILED',
    container: { exitCode: 143 },
    nodeDetails: { nodeIndex: 0, isMainNode: false },
  });
});

it('leaves nobody behind: neither when a job ends nor when the sandbox does', async () => {
  const { shell, ended, until, stop, lines } = await start();
  const escapes = 'setsid sh -c "echo out; sleep 100" & sleep 0.1';
  const over = await shell(escapes);
  await ended(over);
  expect(await pidsOf(new Set([over]))).toEqual([]);

  const running = await shell(`setsid sh -c "sleep 100" >/dev/null 2>&1 & echo up; sleep 100`);
  const job = await until(running, 'runs', ({ status }) => status === 'RUNNING');
  await expect.poll(() => lines(job.container?.logStreamName)).toEqual(['up']);
  expect((await pidsOf(new Set([running]))).length).toBeGreaterThan(1);
  await stop();
  expect(await pidsOf(new Set([running]))).toEqual([]);
});
