import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startBroker, type Broker } from '../support/broker.ts';
import { clientOf, type Client } from '../support/client.ts';
import { useDatabases } from '../support/database.ts';
import { LocalBase } from '../support/local-engines.ts';
import { parseCluster } from './pcluster-rules.ts';

const databases = useDatabases();
let base: LocalBase;
let broker: Broker;
let client: Client;

beforeEach(async () => {
  const database = await databases.open();
  base = await LocalBase.make();
  broker = await startBroker({
    databaseUrl: String(database.pool.options.connectionString),
    stateDir: base.dir,
  });
  client = clientOf(broker.url);
});
afterEach(async () => {
  await broker.stop();
  await base.close();
});

describe('GET /v1/jobs/{id}/export', () => {
  it('tells of a job, by its id or its name, in each format', async () => {
    const id = await client.submit({ name: 'hello', command: ['echo', 'hi'] });
    const script = await client.get(`/v1/jobs/${id}/export?format=sbatch`);
    expect(script.status).toBe(200);
    expect(script.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(script.headers.get('content-disposition')).toBe('attachment; filename=hello.sbatch');
    expect(script.text).toContain(`# hello, job ${id} of Groundwork`);
    expect((await client.get('/v1/jobs/hello/export?format=sbatch')).text).toBe(script.text);
    const batch = await client.get('/v1/jobs/hello/export?format=batch');
    expect(batch.headers.get('content-type')).toMatch(/^application\/json/);
    expect(batch.json).toMatchObject({ submitJob: { jobName: 'hello', jobDefinition: 'hello' } });
    const cluster = await client.get('/v1/jobs/hello/export?format=parallelcluster');
    expect(cluster.headers.get('content-type')).toMatch(/^application\/yaml/);
    // It ran here, and is planned anew as if there were EC2.
    expect(parseCluster(cluster.text).Scheduling.SlurmQueues).toHaveLength(1);
  });

  it('names what a job of a workflow waits for', async () => {
    const say = (name: string, dependsOn: object[] = []) => ({ name, command: ['true'], dependsOn });
    await client.post('/v1/jobs', {
      name: 'two',
      jobs: [say('b', [{ job: 'a', when: 'afterany' }]), say('a')],
    });
    const { text } = await client.get('/v1/jobs/b/export?format=sbatch');
    expect(text).toContain('--dependency=afterany:ID-OF-a b.sbatch');
  });

  it('says what is wrong with a question, and when something cannot be said there', async () => {
    const problem = async (path: string) => {
      const { status, json } = await client.get(path);
      return [status, json.code];
    };
    await client.submit({ name: 'large', command: ['x'.repeat(40_000)] });
    expect(await problem('/v1/jobs/large/export')).toEqual([400, 'invalid_request']);
    expect(await problem('/v1/jobs/large/export?format=pbs')).toEqual([400, 'invalid_request']);
    expect(await problem('/v1/jobs/nobody/export?format=sbatch')).toEqual([404, 'no_such_job']);
    expect(await problem('/v1/jobs/large/export?format=batch')).toEqual([422, 'cannot_be_exported']);
    expect((await client.get('/v1/jobs/large/export?format=sbatch')).status).toBe(200);
  });
});
