import { startDataSyncSandbox } from '@groundwork/aws-sandbox/testing';
import { ConfigError, parseConfig } from '@groundwork/service';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Config } from '../../src/config.ts';
import { startBroker } from '../support/broker.ts';
import { clientOf } from '../support/client.ts';
import { useDatabases } from '../support/database.ts';
import { LocalBase } from '../support/local-engines.ts';

const databases = useDatabases();
const ARN = 'arn:aws:datasync:us-east-1:123456789012:task/task-0123456789abcdef0';
const HELLO = { name: 'hello', command: ['true'], resources: { cores: 1 } };
const dataset = (more: object = {}) => ({ bytes: 1_000, at: 'on-premises', task: 'lab-to-s3', ...more });

async function broker(settings: Record<string, string> = {}) {
  const database = await databases.open();
  const base = await LocalBase.make();
  const databaseUrl = String(database.pool.options.connectionString);
  const started = await startBroker({ databaseUrl, stateDir: base.dir, settings });
  onTestFinished(async () => {
    await started.stop();
    await base.close();
  });
  return clientOf(started.url);
}

async function withSandbox() {
  const sandbox = await startDataSyncSandbox();
  onTestFinished(() => sandbox.close());
  // The SDK's own chain looks there.
  process.env['AWS_ACCESS_KEY_ID'] = 'test';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'test';
  const arn = await sandbox.control.makeTask('lab-to-s3');
  const settings = {
    AWS_ENDPOINT_URL: sandbox.endpoint,
    AWS_REGION: 'us-east-1',
    DATASYNC_TASKS: `lab-to-s3=${arn}`,
    DATASYNC_POLL_SECONDS: '1',
  };
  return { arn, control: sandbox.control, ...(await broker(settings)) };
}

describe('A job that names a task', () => {
  it('has its data brought, runs, and shows both', async () => {
    const { submit, until, get, arn, control } = await withSandbox();
    const id = await submit({ ...HELLO, dataset: dataset() });
    expect((await get(`/v1/jobs/${id}`)).json).toMatchObject({
      state: 'pending',
      transfer: { task: 'lab-to-s3', execution: null, bytesTotal: null, endedAt: null },
    });
    const job = await until(id, 'succeeded');
    const [execution] = await control.executions(arn);
    expect(job.transfer).toMatchObject({
      state: 'brought',
      execution: execution?.arn,
      attempts: 1,
      filesDone: 1_000,
      filesTotal: 1_000,
      startedAt: expect.any(String),
      endedAt: expect.any(String),
    });
    expect(job.events.map(({ what }: { what: string }) => what)).toEqual(
      expect.arrayContaining(['dataset.started', 'dataset.brought']),
    );
  });

  it('is refused where no such task is set up, with the field', async () => {
    const { post, get } = await broker({ DATASYNC_TASKS: `other=${ARN},third=${ARN}` });
    const refused = await post('/v1/jobs', { ...HELLO, dataset: dataset() });
    expect(refused.status).toBe(400);
    expect(refused.json.issues).toEqual([
      { path: 'dataset.task', message: 'lab-to-s3 is no task that is set up: there is other, third' },
    ]);
    expect((await get('/v1/jobs')).json.items).toEqual([]);
  });

  it('is refused where none is set up at all, in workflows and lines as well', async () => {
    const { post } = await broker();
    const jobs = [
      { ...HELLO, name: 'fine' },
      { ...HELLO, dataset: dataset() },
    ];
    const workflow = await post('/v1/jobs', { name: 'two', jobs });
    expect(workflow.status).toBe(400);
    expect(workflow.json.issues).toMatchObject([
      { path: 'jobs.1.dataset.task', message: expect.stringContaining('there is none (DATASYNC_TASKS)') },
    ]);
    const lines = await post('/v1/jobs/bulk', jobs.map((one) => JSON.stringify(one)).join('\n'), {
      'content-type': 'application/x-ndjson',
    });
    expect(lines.json.jobs).toMatchObject([{ line: 1 }]);
    expect(lines.json.rejected).toMatchObject([{ line: 2, code: 'invalid_request' }]);
  });

  it('is refused for data that is in AWS already, and for a name that is none', async () => {
    const { post } = await broker({ DATASYNC_TASKS: `lab-to-s3=${ARN}` });
    const inAws = await post('/v1/jobs', { ...HELLO, dataset: dataset({ at: 'aws' }) });
    expect(inAws.status).toBe(400);
    expect(inAws.json.issues).toEqual([
      { path: 'dataset.task', message: expect.stringContaining('needs `at: on-premises`') },
    ]);
    const noName = await post('/v1/jobs', { ...HELLO, dataset: dataset({ task: ' ' }) });
    expect(noName.json.issues).toMatchObject([{ path: 'dataset.task' }]);
  });

  it('is shown without a transfer where it names none', async () => {
    const { submit, until } = await broker();
    const id = await submit({ ...HELLO, dataset: { bytes: 1_000, at: 'on-premises' } });
    expect(await until(id, 'succeeded')).toMatchObject({ transfer: null });
  });
});

describe('DATASYNC_TASKS', () => {
  const BASE = {
    DATABASE_URL: 'postgres://localhost/hpc',
    AUTH_MODE: 'none',
    LOCAL_ENGINE: 'off',
    AWS_REGION: 'us-east-1',
  };
  const read = (tasks: string) => parseConfig(Config, { ...BASE, DATASYNC_TASKS: tasks }).DATASYNC_TASKS;

  it('names tasks by pairs', () => {
    expect([...read(`lab-to-s3=${ARN}, other=${ARN}`)!]).toEqual([
      ['lab-to-s3', ARN],
      ['other', ARN],
    ]);
  });

  it.for([
    ['lab-to-s3', /must be pairs of name=ARN, and lab-to-s3 is none/],
    [`two words=${ARN}`, /two words is no name/],
    ['lab-to-s3=task-0123456789abcdef0', /is not the ARN of a DataSync task/],
    [`lab-to-s3=${ARN}/execution/exec-0123456789abcdef0`, /is not the ARN of a DataSync task/],
    [`lab=${ARN},lab=${ARN}`, /lab is there twice/],
    [`lab=${ARN.replace('us-east-1', 'eu-central-1')}`, /lab is not in AWS_REGION, us-east-1/],
  ] as const)('is refused at start as %s', ([tasks, sentence]) => {
    expect(() => read(tasks)).toThrow(ConfigError);
    expect(() => read(tasks)).toThrow(sentence);
  });
});
