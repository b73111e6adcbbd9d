import { describe, expect, it } from 'vitest';
import { BatchWorld } from '../support/batch-world.ts';
import { useDatabases } from '../support/database.ts';
import { CALLS as PORTS } from '../support/dying.ts';
import { dyingWorld } from '../support/dying-world.ts';

const databases = useDatabases();
/** All that a broker asks of AWS. */
const CALLS = [
  'SubmitJob',
  'RegisterJobDefinition',
  'DescribeJobDefinitions',
  'DescribeJobs',
  'ListJobs',
  'DescribeJobQueues',
  'DescribeComputeEnvironments',
] as const;
const LOAD = { array: 12, chain: 3 };

async function world(context: Parameters<typeof dyingWorld>[0]) {
  const batch = await BatchWorld.make();
  const the = await dyingWorld(context, databases, {
    env: { ...batch.settings, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
    engine: 'batch',
    effects: batch.file('effects'),
    load: LOAD,
    close: () => batch.close(),
  });
  async function checkAll(): Promise<void> {
    const elements = LOAD.array + LOAD.chain;
    await the.untilAllHaveEnded(120_000);
    expect(await the.count(`elements WHERE state = 'succeeded'`)).toBe(elements);
    for (const one of await the.attempts()) {
      expect(one).toEqual({ cause: expect.stringMatching(/^(success|user)$/), effects: 1 });
    }
    expect(await the.count(`attempts WHERE cause = 'success'`)).toBe(elements);
    const kept = await the.count(`output WHERE bytes = convert_to(E'it was here\n', 'UTF8')`);
    expect(kept).toBe(await the.count('attempts'));
  }
  return { ...the, batch, checkAll };
}

describe.concurrent('a broker beside AWS Batch', () => {
  it.for(CALLS)(
    'to which answers to %s get lost runs each attempt once, and loses none',
    { timeout: 180_000 },
    async (call, context) => {
      const { batch, submitLoad, start, checkAll } = await world(context);
      await batch.sandbox.control.loseAnswers(call, 3);
      await submitLoad();
      const broker = await start();
      await checkAll();
      broker.kill('SIGTERM');
      expect(await broker.ended).toBe(0);
    },
  );

  it(
    'whose requests get lost, and which is throttled, runs each attempt once',
    { timeout: 180_000 },
    async (context) => {
      const { batch, submitLoad, start, checkAll } = await world(context);
      for (const call of CALLS) {
        await batch.sandbox.control.loseRequests(call, 1);
        await batch.sandbox.control.throttle(call, 2);
      }
      await submitLoad();
      await start();
      await checkAll();
    },
  );

  it.for([...PORTS, 'batch.submit'])(
    'that is killed before %s, and whose successor is killed after it, runs each attempt once, loses none and leaves none',
    { timeout: 180_000 },
    async (step, context) => {
      const { checkAll, ...the } = await world(context);
      await the.submitLoad();
      await the.dieAround(step, '2');
      const last = await the.start();
      await checkAll();
      last.kill('SIGTERM');
      expect(await last.ended).toBe(0);
    },
  );
});
