import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@groundwork/service/testing';
import fc from 'fast-check';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { cancel } from '../../src/adapters/postgres/steer.ts';
import type { TransferLedger } from '../../src/ports/transfer-ledger.ts';
import { useDatabases } from '../support/database.ts';
import { dataSyncWorld, withData, type DataSyncWorld } from '../support/datasync-world.ts';

const databases = useDatabases();
const JOBS = ['a', 'b', 'c'];
/** Of which a broker may die before or after. */
const WRITES = ['ask', 'begun', 'saw', 'brought', 'failed', 'notBegun', 'cancelled'] as const;

const step = fc.oneof(
  fc.record({
    do: fc.constant('fault' as const),
    kind: fc.constantFrom('lost-response', 'lost-request', 'throttle', 'error'),
    operation: fc
      .constantFrom('Start', 'Describe', 'List', 'Cancel')
      .map((verb) => (verb === 'List' ? 'datasync:ListTaskExecutions' : `datasync:${verb}TaskExecution`)),
    times: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ do: fc.constant('fail' as const) }),
  fc.record({ do: fc.constant('cancel' as const), job: fc.constantFrom(...JOBS) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 120 }) }),
  fc.record({
    do: fc.constant('die' as const),
    at: fc.constantFrom(...WRITES),
    isDone: fc.boolean(),
    waitMs: fc.integer({ min: 0, max: 150 }),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** From that write on nothing of this broker is written any more; the first one may still be. */
function dying(at: (typeof WRITES)[number], isDone: boolean) {
  let isDead = false;
  return (ledger: TransferLedger): TransferLedger =>
    new Proxy(ledger, {
      get: (own, name: keyof TransferLedger) => async (one: never, more: never) => {
        const dies = isDead || name === at;
        if (!isDead && dies && isDone) await own[name](one, more);
        isDead ||= dies;
        if (isDead) throw new Error('this broker is dead');
        return own[name](one, more);
      },
    });
}

async function history(world: DataSyncWorld, steps: readonly Step[]): Promise<Record<string, string>> {
  const { control, submit, broker, within, transfer } = world;
  const retries = { infrastructure: 20, backoffSeconds: 0 };
  const ids: Record<string, string> = {};
  for (const name of JOBS) Object.assign(ids, await submit(withData({ name, retries })));
  let stop = await broker();
  for (const one of steps) {
    switch (one.do) {
      case 'fault':
        await control.fault({ kind: one.kind as 'error', operation: one.operation, times: one.times });
        break;
      case 'fail':
        await control.outcome({ error: {}, times: 1 });
        break;
      case 'cancel':
        await within((tx) => cancel(tx, ids[one.job]!, 'ann'));
        break;
      case 'wait':
        await pause(one.ms);
        break;
      case 'die':
        await stop();
        stop = await broker({ through: dying(one.at, one.isDone) });
        await pause(one.waitMs);
        await stop();
        stop = await broker();
        break;
    }
  }
  await control.clearFaults();
  await eventually(
    async () => {
      const states = await Promise.all(Object.values(ids).map(async (id) => (await transfer(id)).state));
      return states.every((state) => ['brought', 'cancelled', 'failed'].includes(state));
    },
    { withinMs: 15_000, everyMs: 20, what: `the end of ${JSON.stringify(ids)}` },
  );
  await stop();
  return ids;
}

async function check({ control, arn, transfer, elements, db }: DataSyncWorld, ids: Record<string, string>) {
  const all = await control.executions(arn);
  const ran: { from: number; to: number }[] = [];
  for (const id of Object.values(ids)) {
    const own = all.filter(({ tags }) => tags['groundwork:job'] === id);
    const numbers = own.map(({ tags }) => tags['groundwork:attempt']);
    expect(new Set(numbers).size).toBe(numbers.length);
    const { state, attempts } = await transfer(id);
    expect(own.length).toBeLessThanOrEqual(attempts);
    expect(own.filter(({ status }) => status === 'SUCCESS').length).toBe(state === 'brought' ? 1 : 0);
    expect(own.every(({ status }) => status === 'SUCCESS' || status === 'ERROR')).toBe(true);
    const { rows } = await sql<{ isCancelled: boolean }>`
      SELECT cancelled_by IS NOT NULL AS "isCancelled" FROM jobs WHERE id = ${id}::uuid`.execute(db);
    const { isCancelled } = rows[0]!;
    if (!isCancelled) expect(state).toBe('brought');
    // One that was cancelled after its data had come was ready before.
    expect(await elements(id)).toEqual([isCancelled ? 'cancelled' : 'ready']);
    for (const one of own) {
      const said = await control.call('DescribeTaskExecution', { TaskExecutionArn: one.arn });
      ran.push({ from: Number(said['StartTime']), to: Number(said['EndTime']) });
    }
  }
  // None was begun while another one of the task had not ended.
  ran.sort((x, y) => x.from - y.from);
  for (const [index, one] of ran.slice(1).entries()) expect(one.from).toBeGreaterThanOrEqual(ran[index]!.to);
}

it('Data is brought once for each attempt, one after the other, whatever goes wrong', async () => {
  const world = await dataSyncWorld(databases);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      await check(world, await history(world, steps));
    }),
    { numRuns: 15, endOnFailure: true },
  );
}, 180_000);
