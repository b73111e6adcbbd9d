import type { PlanAnswer } from '@groundwork/contracts';
import { eventually } from '@groundwork/service/testing';
import { describe, expect, it, type TestContext } from 'vitest';
import { BatchWorld } from '../support/batch-world.ts';
import type { QueueTypes } from '../support/batch-subject.ts';
import { startBroker } from '../support/broker.ts';
import { clientOf } from '../support/client.ts';
import { useDatabases } from '../support/database.ts';
import { LocalBase } from '../support/local-engines.ts';

process.env['AWS_ACCESS_KEY_ID'] ??= 'test';
process.env['AWS_SECRET_ACCESS_KEY'] ??= 'test';

const databases = useDatabases();
const WITHIN = { withinMs: 60_000, everyMs: 100 };

/** What a broker plans whose AWS Batch has such queues. */
async function world(context: TestContext, types: QueueTypes, unset?: string) {
  const database = await databases.open((end) => context.onTestFinished(end));
  const batch = await BatchWorld.make(types);
  const base = await LocalBase.make();
  const { [unset ?? '']: _, ...settings } = batch.settings;
  const broker = await startBroker({
    databaseUrl: String(database.pool.options.connectionString),
    stateDir: base.dir,
    settings,
  });
  context.onTestFinished(async () => {
    await broker.stop();
    await base.close();
    await batch.close();
  });
  const { post } = clientOf(broker.url);
  const plan = async (job: object): Promise<PlanAnswer> =>
    (await post('/v1/plans', { name: 'planned', command: ['true'], engine: 'batch', ...job })).json;
  // Plans know of an engine a little later than it is there.
  await eventually(async () => 'chosen' in (await plan({})), WITHIN);
  return async (job: object) => {
    const answer = await plan(job);
    return { answer, named: namedIn(answer) };
  };
}

/** Every instance type that it says anything of. */
const namedIn = (answer: PlanAnswer): string[] =>
  [...new Set(JSON.stringify(answer).match(/\b[a-z]\w+\.\d*x?large\b/g))].toSorted();

// As the catalogue has them: 2 cores for 0.1785 USD an hour, 8 for 0.68 and 8 for 0.714.
const TYPES = { onDemand: ['c7i.xlarge'], spot: ['c6i.4xlarge'], multiNode: ['c7i.4xlarge'] };
const GANG = { mpi: { nodes: 2, ranksPerNode: 2 }, workSeconds: 3_600, walltimeSeconds: 7_200 };

describe('A plan for AWS Batch', { timeout: 120_000 }, () => {
  it('over several nodes names the types of its queue only, and their price', async (context) => {
    const plan = await world(context, TYPES);
    const { answer, named } = await plan(GANG);
    expect(answer).toMatchObject({
      chosen: { purchase: 'on-demand', instanceType: 'c7i.4xlarge', instances: 2 },
    });
    expect(named).toEqual(['c7i.4xlarge']);
    if ('refused' in answer) throw new Error('refused');
    const { compute, time } = answer.chosen;
    expect(compute.likely).toBeCloseTo(2 * 0.714 * (time.likely / 3_600), 9);
    // What two of the On-Demand queue would cost is not enough.
    const cheap = (2 * 0.1785 * time.likely) / 3_600;
    expect(await plan({ ...GANG, maxCostUsd: cheap * 1.5 })).toMatchObject({
      answer: { refused: [{ code: 'over_max_cost' }] },
    });
  });

  it('on one node names the types of the queue it is bought by', async (context) => {
    const plan = await world(context, TYPES);
    const onDemand = await plan({ purchase: 'on-demand' });
    expect(onDemand.answer).toMatchObject({ chosen: { instanceType: 'c7i.xlarge' } });
    const spot = await plan({ purchase: 'spot' });
    expect(spot.answer).toMatchObject({ chosen: { instanceType: 'c6i.4xlarge' } });
    expect((await plan({})).named).toEqual(['c6i.4xlarge', 'c7i.xlarge']);
    // The one type that would have them On-Demand is of the queue for several nodes.
    const large = await plan({ purchase: 'on-demand', resources: { cores: 8 } });
    expect(large.answer).toMatchObject({
      refused: [{ code: 'too_few_cores', message: expect.stringContaining('c7i.xlarge has 2 cores') }],
    });
  });

  it('takes any of a family, and of the catalogue where a queue does', async (context) => {
    const plan = await world(context, { ...TYPES, onDemand: ['c6i', 'c7i'], multiNode: ['optimal'] });
    const onDemand = await plan({ purchase: 'on-demand', resources: { cores: 8 } });
    expect(onDemand.answer).toMatchObject({ chosen: { instanceType: 'c6i.4xlarge' } });
    expect(onDemand.named.filter((type) => !/^c[67]i\./.test(type))).toEqual([]);
    expect((await plan(GANG)).named.length).toBeGreaterThan(2);
  });

  it('over several nodes is refused where there is no queue for them', async (context) => {
    const plan = await world(context, TYPES, 'BATCH_QUEUE_MULTI_NODE');
    const { answer } = await plan({ ...GANG, purchase: 'on-demand' });
    expect(answer).toMatchObject({ refused: [{ code: 'batch_mnp_queue' }] });
  });
});
