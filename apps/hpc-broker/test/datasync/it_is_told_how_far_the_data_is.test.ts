import { expect, it } from 'vitest';
import { hold } from '../../src/adapters/postgres/steer.ts';
import { useDatabases } from '../support/database.ts';
import { dataSyncWorld, LASTING, TASK, withData } from '../support/datasync-world.ts';
import { job } from '../support/ledger.ts';

const databases = useDatabases();
const world = () => dataSyncWorld(databases);
const SOON = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`;

it('before anything was begun, and why it was not', async () => {
  const { control, submit, explained, untilReason, broker } = await world();
  const { a = '' } = await submit(withData());
  expect(await explained(a)).toMatchObject({
    because: [`Its data waits to be brought by the DataSync task ${TASK}.`],
    next: `${TASK} has brought its data`,
  });
  await control.throttle('StartTaskExecution');
  await broker();
  await untilReason(a, /Rate exceeded/);
  expect((await explained(a)).because).toEqual([
    expect.stringMatching(
      /^Its data waits to be brought by .*: DataSync takes nothing just now: ThrottlingException: Rate exceeded; it is tried again\.$/,
    ),
  ]);
});

it('with how much of it has come, and since when', async () => {
  const { control, submit, explained, until, broker } = await world();
  await control.outcome({ files: 4, bytes: 2_000 });
  await control.set({ prepareMs: 3_600_000, ...LASTING });
  const { a = '' } = await submit(withData());
  await broker();
  await until(a, 'running');
  await expect
    .poll(async () => (await explained(a)).because[0])
    .toMatch(
      new RegExp(
        `^Its data is being brought by the DataSync task ${TASK} since ${SOON}, for .*: PREPARING\\.$`,
      ),
    );
  await control.advance(3_600_000 + LASTING.transferMs / 2);
  await expect
    .poll(async () => (await explained(a)).because[0])
    .toMatch(/: TRANSFERRING, 1,00\d of 2,000 bytes \(50 %\), 2 of 4 files\.$/);
});

it('while nobody knows whether it has begun', async () => {
  const { control, submit, explained, untilReason, broker } = await world();
  await control.loseAnswers('StartTaskExecution');
  const { a = '' } = await submit(withData());
  await broker({ everyMs: 3_600_000 });
  await untilReason(a, /it is looked for/);
  expect((await explained(a)).because[0]).toMatch(
    /^Its data is to be brought by .*, which has been asked to begin, and nobody knows yet whether it has: DataSync does not answer: .*; it is looked for\.$/,
  );
});

it('after a failure, with when it is tried again', async () => {
  const { control, submit, explained, untilReason, broker } = await world();
  await control.outcome({ error: { code: 'NoSpace', detail: 'full' } });
  const { a = '' } = await submit(withData());
  await broker({ retryMs: 3_600_000 });
  await untilReason(a, /NoSpace/);
  expect((await explained(a)).because[0]).toMatch(
    new RegExp(`NoSpace: full; retry 1 of 3 \\(infrastructure\\); not before ${SOON}\\.$`),
  );
});

it('beside what else keeps the job waiting, which comes first', async () => {
  const { submit, explained, within } = await world();
  const ids = await submit({
    name: 'two',
    jobs: [job({ name: 'first' }), withData({ dependsOn: [{ job: 'first' }] })],
  });
  const a = ids['a']!;
  await within((tx) => hold(tx, a, 'ann'));
  expect((await explained(a)).because).toEqual([
    expect.stringMatching(/^Held back by ann/),
    expect.stringMatching(/^Waiting for job first/),
    `Its data is brought by the DataSync task ${TASK} once nothing else keeps it waiting.`,
  ]);
});

it('no more when it has been brought, and with the reason when it never was', async () => {
  const { control, submit, explained, until, broker } = await world();
  const { a = '' } = await submit(withData());
  await broker();
  await until(a, 'brought');
  expect((await explained(a)).because.join()).not.toContain('data');
  await control.outcome({ error: { code: 'NoSpace', detail: 'full' } });
  const { b = '' } = await submit(withData({ name: 'b', retries: { infrastructure: 0 } }));
  await until(b, 'failed');
  expect((await explained(b)).summary).toBe(
    `failed: its data was not brought by ${TASK}: DataSync ended in ERROR: NoSpace: full; retries.infrastructure allows none.`,
  );
});
