import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDataSyncSandbox } from '@groundwork/aws-sandbox/testing';
import { eventually } from '@groundwork/service/testing';
import { describe, expect, it, type TestContext } from 'vitest';
import { clientOf } from '../support/client.ts';
import { useDatabases } from '../support/database.ts';
import { around } from '../support/dying.ts';
import { dyingWorld } from '../support/dying-world.ts';
import { LocalBase } from '../support/local-engines.ts';

const databases = useDatabases();

async function world(context: TestContext, transferMs: number) {
  const base = await LocalBase.make();
  const sandbox = await startDataSyncSandbox();
  const { control } = sandbox;
  await control.set({ transferMs });
  const arn = await control.makeTask('lab-to-s3');
  const effects = join(base.dir, 'effects');
  const the = await dyingWorld(context, databases, {
    env: {
      STATE_DIR: base.dir,
      AWS_ENDPOINT_URL: sandbox.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      DATASYNC_TASKS: `lab-to-s3=${arn}`,
      DATASYNC_POLL_SECONDS: '1',
      DATASYNC_QUIET_SECONDS: '3',
      DATASYNC_RETRY_SECONDS: '1',
    },
    engine: 'local',
    effects,
    load: { array: 0, chain: 0 },
    async close() {
      await sandbox.close();
      await base.close();
    },
  });
  /** It says that it was there. */
  const submit = (url: string): Promise<string> =>
    clientOf(url).submit({
      name: 'a',
      shell: `echo here >>${effects}`,
      dataset: { bytes: 1e9, at: 'on-premises', task: 'lab-to-s3' },
    });
  return { ...the, control, arn, submit, effects: () => readFileSync(effects, 'utf8') };
}

const BRINGING = around([
  'transfers.ask',
  'datasync.start',
  'transfers.begun',
  'transfers.saw',
  'transfers.brought',
]);
const CANCELLING = around(['datasync.cancel', 'transfers.cancelled']);

describe.concurrent('A broker that is killed', () => {
  it.for(BRINGING)(
    '%s has the data brought once, and the job run',
    { timeout: 120_000 },
    async (step, context) => {
      const { start, submit, count, control, arn, effects, untilAllHaveEnded } = await world(context, 2_500);
      const first = await start({ DIE_AT: step, DIE_NTH: '1' });
      const id = await submit(first.url!);
      expect(await first.ended).toBe('SIGKILL');
      const last = await start();
      await untilAllHaveEnded(60_000);
      expect(await count(`jobs WHERE state = 'succeeded'`)).toBe(1);
      expect(effects()).toBe('here\n');
      expect(await control.executions(arn)).toMatchObject([
        { status: 'SUCCESS', tags: { 'groundwork:job': id, 'groundwork:attempt': '1' } },
      ]);
      last.kill('SIGTERM');
      expect(await last.ended).toBe(0);
    },
  );

  it.for(CANCELLING)(
    '%s has the execution of a cancelled job ended',
    { timeout: 120_000 },
    async (step, context) => {
      const { start, submit, count, control, arn } = await world(context, 3_600_000);
      const first = await start({ DIE_AT: step, DIE_NTH: '1' });
      const id = await submit(first.url!);
      await eventually(async () => (await count(`transfers WHERE state = 'running'`)) === 1, {
        withinMs: 30_000,
      });
      await clientOf(first.url!).post(`/v1/jobs/${id}/cancel`);
      expect(await first.ended).toBe('SIGKILL');
      await start();
      await eventually(async () => (await count(`transfers WHERE state = 'cancelled'`)) === 1, {
        withinMs: 30_000,
      });
      expect((await control.executions(arn)).map(({ status }) => status)).toEqual(['ERROR']);
      expect(await count(`jobs WHERE state = 'cancelled'`)).toBe(1);
    },
  );
});
