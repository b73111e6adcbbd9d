import { eventually } from '@groundwork/service/testing';
import { describe, expect, it, type TestContext } from 'vitest';
import { BatchWorld } from '../support/batch-world.ts';
import { startBroker } from '../support/broker.ts';
import { clientOf } from '../support/client.ts';
import { useDatabases } from '../support/database.ts';
import { LocalBase } from '../support/local-engines.ts';

process.env['AWS_ACCESS_KEY_ID'] ??= 'test';
process.env['AWS_SECRET_ACCESS_KEY'] ??= 'test';

const databases = useDatabases();
const WITHIN = { withinMs: 60_000, everyMs: 100 };
/** The least that it may be. */
const FAILOVER = { FAILOVER_SECONDS: '5', COOL_OFF_SECONDS: '600' };

interface Attempt {
  engine: string;
  purchase: string;
  state: string;
  cause: string | null;
}

/** A broker with AWS Batch, as the sandbox has it, and this machine beside it. */
async function world(context: TestContext) {
  const database = await databases.open((end) => context.onTestFinished(end));
  const batch = await BatchWorld.make();
  const base = await LocalBase.make();
  const broker = await startBroker({
    databaseUrl: String(database.pool.options.connectionString),
    stateDir: base.dir,
    settings: { ...batch.settings, ...FAILOVER, LOCAL_SLOTS: '2' },
  });
  context.onTestFinished(async () => {
    await broker.stop();
    await base.close();
    await batch.close();
  });
  const client = clientOf(broker.url);
  const engines = async (): Promise<{ name: string; kind: string; cores: number }[]> =>
    (await client.get('/v1/engines')).json.items;
  await eventually(async () => (await engines()).filter(({ cores }) => cores > 0).length === 2, WITHIN);
  const nameOf = async (kind: string) => (await engines()).find((one) => one.kind === kind)!.name;
  const steer = async (kind: string, way: string) =>
    client.post(`/v1/engines/${await nameOf(kind)}/${way}`, {});
  return {
    ...client,
    batch,
    steer,
    /** Each writes a line when it runs. Plans know of an engine a little later than that is shown. */
    submit: (words: object): Promise<string> =>
      eventually(async () => {
        const shell = `echo ran >>${batch.file('effects')}`;
        const reply = await client.post('/v1/jobs', { name: 'moves', shell, ...words });
        return reply.status === 201 ? (reply.json.id as string) : undefined;
      }, WITHIN),
    effects: () => batch.lines('effects').length,
    attempts: async (id: string): Promise<Attempt[]> => (await client.get(`/v1/jobs/${id}`)).json.attempts,
    explained: async (id: string) => JSON.stringify((await client.get(`/v1/jobs/${id}/explain`)).json),
    until: (id: string, state: string) =>
      eventually(async () => (await client.get(`/v1/jobs/${id}`)).json.state === state, WITHIN),
  };
}

/** More than this machine has. */
const LARGE = { resources: { cores: 4 } };

describe.concurrent('A job in AWS Batch', { timeout: 120_000 }, () => {
  it('of which Spot has no machines is bought On-Demand, and runs once', async (context) => {
    const { batch, submit, until, attempts, effects, get, explained } = await world(context);
    await batch.sandbox.control.noCapacity({ environment: 'spot' });
    const id = await submit(LARGE);
    await eventually(async () => (await explained(id)).includes('INSUFFICIENT_INSTANCE_CAPACITY'), WITHIN);
    await until(id, 'succeeded');
    expect((await attempts(id)).toReversed()).toMatchObject([
      { engine: 'batch', purchase: 'spot', cause: 'withdrawn' },
      { engine: 'batch', purchase: 'on-demand', cause: 'success' },
    ]);
    expect(effects()).toBe(1);
    const { events } = (await get(`/v1/jobs/${id}`)).json;
    expect(events).toContainEqual(
      expect.objectContaining({
        what: 'job.moved',
        detail: { to: 'batch', reason: expect.stringContaining('no machines since') },
      }),
    );
    // Who comes later does not try it again.
    const next = await submit(LARGE);
    await until(next, 'succeeded');
    expect(await attempts(next)).toMatchObject([{ purchase: 'on-demand', cause: 'success' }]);
  });

  it('that insists on Spot waits for it', async (context) => {
    const { batch, submit, until, attempts, explained } = await world(context);
    await batch.sandbox.control.noCapacity({ environment: 'spot' });
    // CancelJob takes what is RUNNABLE only once it is first in the queue.
    const gives = await submit(LARGE);
    const insists = await submit({ ...LARGE, purchase: 'spot' });
    await until(gives, 'succeeded');
    expect(await attempts(insists)).toMatchObject([{ state: 'submitted', purchase: 'spot' }]);
    expect(await explained(insists)).toContain('INSUFFICIENT_INSTANCE_CAPACITY');
  });

  it.for(['at once', 'though the answer to CancelJob gets lost'])(
    'that has not begun when Batch is drained runs elsewhere, once, %s',
    async (how, context) => {
      const { batch, steer, submit, until, attempts, effects, post } = await world(context);
      await batch.sandbox.control.noCapacity();
      await steer('local', 'drain');
      await eventually(async () => {
        const { json } = await post('/v1/plans', { name: 'moves', command: ['true'] });
        return json.chosen.engine.name === 'batch';
      }, WITHIN);
      const id = await submit({ array: { size: 3 } });
      await eventually(async () => {
        const found = await attempts(id);
        return found.length === 3 && found.every(({ state }) => state === 'submitted');
      }, WITHIN);
      await steer('local', 'undrain');
      if (how !== 'at once') await batch.sandbox.control.loseAnswers('CancelJob', 2);
      await steer('batch', 'drain');
      await until(id, 'succeeded');
      const causes = (await attempts(id)).map(
        ({ engine, cause }) => `${engine === 'batch' ? 'batch' : 'local'} ${cause}`,
      );
      expect(causes.toSorted()).toEqual([
        ...Array.from({ length: 3 }, () => 'batch withdrawn'),
        ...Array.from({ length: 3 }, () => 'local success'),
      ]);
      expect(effects()).toBe(3);
    },
  );

  it('that runs when Batch is drained runs there to its end', async (context) => {
    const { batch, steer, submit, until, attempts, effects } = await world(context);
    const shell = `echo ran >>${batch.file('effects')}; until [ -e ${batch.file('go')} ]; do sleep 0.05; done`;
    const id = await submit({ ...LARGE, shell });
    await eventually(() => effects() === 1, WITHIN);
    await steer('batch', 'drain');
    const later = await submit({ array: { size: 2 }, shell: `touch ${batch.file('go')}` });
    await until(id, 'succeeded');
    await until(later, 'succeeded');
    expect(await attempts(id)).toMatchObject([{ engine: 'batch', cause: 'success' }]);
    expect(effects()).toBe(1);
  });
});
