import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@groundwork/service/testing';
import { describe, expect, it, type TestContext } from 'vitest';
import { startBroker } from './support/broker.ts';
import { clientOf } from './support/client.ts';
import { useDatabases } from './support/database.ts';
import { LocalBase } from './support/local-engines.ts';

const databases = useDatabases();
const SLOTS = 4;

/** A broker whose only engine is this machine. */
async function world(context: TestContext) {
  const database = await databases.open((end) => context.onTestFinished(end));
  const databaseUrl = String(database.pool.options.connectionString);
  const base = await LocalBase.make();
  const settings = { LOCAL_SLOTS: String(SLOTS) };
  let broker = await startBroker({ databaseUrl, stateDir: base.dir, settings });
  context.onTestFinished(async () => {
    await broker.stop();
    await base.close();
  });
  const client = () => clientOf(broker.url);
  const name: string = await eventually(async () => (await client().get('/v1/engines')).json.items[0]?.name);
  const file = join(base.dir, 'effects');
  return {
    client,
    name,
    file,
    effects: () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []),
    go: join(base.dir, 'go'),
    steer: (way: string, body?: object) => client().post(`/v1/engines/${name}/${way}`, body),
    explained: async (id: string) => JSON.stringify((await client().get(`/v1/jobs/${id}/explain`)).json),
    restart: async () => {
      await broker.stop();
      broker = await startBroker({ databaseUrl, stateDir: base.dir, settings });
    },
  };
}

describe('An engine that is drained', () => {
  it('begins nothing, says by whom, and goes on once it is undrained, also after a restart', async (context) => {
    const { client, steer, explained, restart } = await world(context);
    const { json } = await steer('drain', { reason: 'new kernel' });
    expect(json).toMatchObject({
      closed: expect.stringMatching(/^drained by .*: new kernel$/),
      drained: { reason: 'new kernel' },
    });
    await restart();
    const id = await client().submit({ name: 'waits', command: ['true'] });
    await eventually(async () => (await explained(id)).includes('new kernel'));
    expect((await client().get(`/v1/jobs/${id}`)).json).toMatchObject({ state: 'ready', attempts: [] });
    expect((await steer('undrain')).json).toMatchObject({ closed: null, drained: null });
    await client().until(id, 'succeeded');
  });

  it('gives back what has not begun, at no cost, and ends what has', async (context) => {
    const { client, steer, file, effects, go } = await world(context);
    const shell = `echo $GROUNDWORK_ARRAY_INDEX >>${file}; until [ -e ${go} ]; do sleep 0.05; done`;
    const size = SLOTS * 3;
    const id = await client().submit({
      name: 'some',
      shell,
      array: { size },
      retries: { infrastructure: 0 },
    });
    const attempts = async (): Promise<{ state: string; cause: string | null }[]> =>
      (await client().get(`/v1/jobs/${id}/attempts?limit=1000`)).json.items;
    await eventually(async () => effects().length === SLOTS && (await attempts()).length > SLOTS);
    await steer('drain');
    await eventually(
      async () => (await attempts()).filter(({ state }) => state !== 'ended').length === SLOTS,
    );
    const back = (await attempts()).filter(({ state }) => state === 'ended');
    expect(back.length).toBeGreaterThan(0);
    expect(back.every(({ cause }) => cause === 'withdrawn')).toBe(true);
    writeFileSync(go, '');
    await eventually(async () => (await client().get(`/v1/jobs/${id}`)).json.elements.succeeded === SLOTS);
    expect(effects()).toHaveLength(SLOTS);
    await steer('undrain');
    await client().until(id, 'succeeded');
    expect(
      effects()
        .map(Number)
        .toSorted((a, b) => a - b),
    ).toEqual(Array.from({ length: size }, (_, at) => at));
    expect((await client().get(`/v1/jobs/${id}`)).json.spentUsd).toBe(0);
  });

  it('stays so when it is drained twice, and is told of by its name only', async (context) => {
    const { client, steer } = await world(context);
    await steer('drain', { reason: 'first' });
    expect((await steer('drain', { reason: 'second' })).json.drained.reason).toBe('first');
    expect(await client().post('/v1/engines/nowhere/drain')).toMatchObject({
      status: 404,
      json: { code: 'no_such_engine' },
    });
    expect((await steer('drain', { why: 'x' })).status).toBe(400);
  });
});
