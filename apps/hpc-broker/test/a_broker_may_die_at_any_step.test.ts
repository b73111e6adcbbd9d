import { readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from '@groundwork/database';
import { eventually } from '@groundwork/service/testing';
import { sql } from 'kysely';
import { describe, expect, it, type TestContext } from 'vitest';
import { startBrokerProcess, type BrokerProcess } from './support/broker-process.ts';
import { useDatabases } from './support/database.ts';
import { STEPS } from './support/dying.ts';
import { job, openLedger } from './support/ledger.ts';
import { LocalBase } from './support/local-engines.ts';

const databases = useDatabases();

/** A database, a machine, and brokers on them: all of it for one test, as several run at the same time. */
async function world(context: TestContext) {
  const whenFinished = (end: () => Promise<void>): void => context.onTestFinished(end);
  const database = await databases.open(whenFinished);
  const base = await LocalBase.make();
  const running: BrokerProcess[] = [];
  whenFinished(async () => {
    for (const broker of running) {
      broker.kill('SIGKILL');
      await broker.ended;
    }
    await base.close();
  });
  const count = async (what: string): Promise<number> =>
    (await sql<{ n: number }>`SELECT count(*)::integer AS n FROM ${sql.raw(what)}`.execute(database.db))
      .rows[0]!.n;
  return {
    base,
    count,
    start: async (env: Record<string, string> = {}): Promise<BrokerProcess> => {
      const DATABASE_URL = String(database.pool.options.connectionString);
      const broker = await startBrokerProcess({ DATABASE_URL, STATE_DIR: base.dir, ...env });
      running.push(broker);
      return broker;
    },
    submitLoad: () => submitLoad(database, base),
    untilAllHaveEnded: (withinMs: number) =>
      eventually(async () => (await count('jobs WHERE ended_at IS NULL')) === 0, {
        withinMs,
        everyMs: 50,
        what: 'the end of all jobs',
      }),
    attempts: () => attempts(database, base),
  };
}

/** Each attempt says that it was there. One in five fails the first time; all write something. */
const EFFECT =
  'echo "$GROUNDWORK_JOB_ID-$GROUNDWORK_ELEMENT-$GROUNDWORK_ATTEMPT" >>"$EFFECTS"; echo it was here; [ $((GROUNDWORK_ELEMENT % 5)) != 1 ] || [ $GROUNDWORK_ATTEMPT != 1 ]';

async function submitLoad(database: Database<unknown>, base: LocalBase): Promise<number> {
  const words = {
    shell: EFFECT,
    command: undefined,
    environment: { EFFECTS: join(base.dir, 'effects') },
    retries: { user: 1, backoffSeconds: 0 },
  };
  const ledger = openLedger(database);
  await ledger.submit(job({ ...words, name: 'array', array: { size: 40 } }));
  await ledger.submit({
    name: 'workflow',
    jobs: Array.from({ length: 10 }, (_, at) =>
      job({ ...words, name: `job-${at}`, dependsOn: at === 0 ? [] : [{ job: `job-${at - 1}` }] }),
    ),
  });
  return 50;
}

/** What is written down of each attempt, and how often it had its effect; undefined: of nobody that is known. */
async function attempts(database: Database<unknown>, base: LocalBase) {
  const file = join(base.dir, 'effects');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  const { rows } = await sql<{ name: string; cause: string }>`
    SELECT concat_ws('-', job, element, number) AS name, cause FROM attempts`.execute(database.db);
  const causes = new Map(rows.map(({ name, cause }) => [name, cause]));
  const names = new Set([...causes.keys(), ...lines]);
  return [...names].map((name) => ({
    cause: causes.get(name),
    effects: lines.filter((line) => line === name).length,
  }));
}

describe.concurrent('a broker that is killed', () => {
  it.for(STEPS)(
    '%s runs each attempt once, loses none and leaves none',
    { timeout: 120_000 },
    async (step, context) => {
      const { start, count, ...the } = await world(context);
      const elements = await the.submitLoad();
      const first = await start({ DIE_AT: step, DIE_NTH: '2' });
      expect(await first.ended).toBe('SIGKILL');
      const last = await start();
      await the.untilAllHaveEnded(40_000);
      expect(await count(`elements WHERE state = 'succeeded'`)).toBe(elements);
      for (const one of await the.attempts()) {
        expect(one).toEqual({ cause: expect.stringMatching(/^(success|user)$/), effects: 1 });
      }
      expect(await count(`attempts WHERE cause = 'success'`)).toBe(elements);
      // Of each that wrote something it is kept, once.
      const kept = await count(`output WHERE bytes = convert_to(E'it was here\\n', 'UTF8')`);
      expect(kept).toBe(await count('attempts'));
      expect(await count(`attempts WHERE state <> 'ended'`)).toBe(0);
      last.kill('SIGTERM');
      expect(await last.ended).toBe(0);
    },
  );

  it('for good has its work done by another one, which waits until nothing of it can be alive', async (context) => {
    const { start, count, base, ...the } = await world(context);
    const elements = await the.submitLoad();
    const first = await start({ DIE_AT: 'after engine.submit', DIE_NTH: '2', LOCAL_SLOTS: '2' });
    const other = await start({ STATE_DIR: join(base.dir, 'other'), LOCAL_SLOTS: '2' });
    expect(await first.ended).toBe('SIGKILL');
    await the.untilAllHaveEnded(100_000);
    expect(await count(`elements WHERE state = 'succeeded'`)).toBe(elements);
    for (const { cause, effects } of await the.attempts()) {
      // What nobody can tell of any more may have had its effect, once.
      if (cause === 'infrastructure' || cause === 'lost') expect(effects).toBeLessThanOrEqual(1);
      else
        expect({ cause, effects }).toEqual({ cause: expect.stringMatching(/^(success|user)$/), effects: 1 });
    }
    other.kill('SIGTERM');
    expect(await other.ended).toBe(0);
  }, 120_000);
});
