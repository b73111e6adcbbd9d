import { existsSync, readFileSync } from 'node:fs';
import type { Database } from '@groundwork/database';
import { eventually } from '@groundwork/service/testing';
import { sql } from 'kysely';
import { expect, type TestContext } from 'vitest';
import { startBrokerProcess, type BrokerProcess } from './broker-process.ts';
import type { useDatabases } from './database.ts';
import { job, openLedger } from './ledger.ts';

/** Where brokers that die have their engine. */
export interface Ground {
  /** Of each of them, as in the environment. */
  env: Record<string, string>;
  /** As jobs name it. */
  engine: string;
  /** A file to which attempts append. */
  effects: string;
  /** Elements of the array, and jobs in the chain. */
  load: { array: number; chain: number };
  close(): Promise<void>;
}

/** A database, an engine, and brokers on them: all of it for one test, as several run at the same time. */
export async function dyingWorld(
  context: TestContext,
  databases: ReturnType<typeof useDatabases>,
  ground: Ground,
) {
  const whenFinished = (end: () => Promise<void>): void => context.onTestFinished(end);
  const database = await databases.open(whenFinished);
  const running: BrokerProcess[] = [];
  whenFinished(async () => {
    for (const broker of running) {
      broker.kill('SIGKILL');
      await broker.ended;
    }
    await ground.close();
  });
  const count = async (what: string): Promise<number> =>
    (await sql<{ n: number }>`SELECT count(*)::integer AS n FROM ${sql.raw(what)}`.execute(database.db))
      .rows[0]!.n;
  return {
    count,
    start: async (env: Record<string, string> = {}): Promise<BrokerProcess> => {
      const DATABASE_URL = String(database.pool.options.connectionString);
      const broker = await startBrokerProcess({ DATABASE_URL, ...ground.env, ...env });
      running.push(broker);
      return broker;
    },
    /** Two brokers, of which one dies before it makes a call, and the next one after it. */
    async dieAround(
      call: string,
      nth: string,
      began: (first: BrokerProcess) => Promise<unknown> = async () => {},
    ) {
      const first = await this.start({ DIE_AT: `before ${call}`, DIE_NTH: nth });
      await began(first);
      expect(await first.ended).toBe('SIGKILL');
      // What the first one was about to do is still to be done.
      const second = await this.start({ DIE_AT: `after ${call}`, DIE_NTH: '1' });
      expect(await second.ended).toBe('SIGKILL');
    },
    submitLoad: () => submitLoad(database, ground),
    untilAllHaveEnded: (withinMs: number) =>
      eventually(async () => (await count('jobs WHERE ended_at IS NULL')) === 0, {
        withinMs,
        everyMs: 50,
        what: 'the end of all jobs',
      }),
    attempts: () => attempts(database, ground),
  };
}

/** Each attempt says that it was there. One in five fails the first time; all write something. */
const EFFECT =
  'echo "$GROUNDWORK_JOB_ID-$GROUNDWORK_ELEMENT-$GROUNDWORK_ATTEMPT" >>"$EFFECTS"; echo it was here; [ $((GROUNDWORK_ELEMENT % 5)) != 1 ] || [ $GROUNDWORK_ATTEMPT != 1 ]';

/** How many elements. */
async function submitLoad(database: Database<unknown>, { engine, effects, load }: Ground): Promise<number> {
  const words = {
    shell: EFFECT,
    command: undefined,
    environment: { EFFECTS: effects },
    retries: { user: 1, backoffSeconds: 0 },
  };
  const ledger = openLedger(database, engine);
  await ledger.submit(job({ ...words, name: 'array', array: { size: load.array } }));
  await ledger.submit({
    name: 'workflow',
    jobs: Array.from({ length: load.chain }, (_, at) =>
      job({ ...words, name: `job-${at}`, dependsOn: at === 0 ? [] : [{ job: `job-${at - 1}` }] }),
    ),
  });
  return load.array + load.chain;
}

/** What is written down of each attempt, and how often it had its effect; undefined: of nobody that is known. */
async function attempts(database: Database<unknown>, { effects }: Ground) {
  const lines = existsSync(effects) ? readFileSync(effects, 'utf8').trim().split('\n') : [];
  const { rows } = await sql<{ name: string; cause: string }>`
    SELECT concat_ws('-', job, element, number) AS name, cause FROM attempts`.execute(database.db);
  const causes = new Map(rows.map(({ name, cause }) => [name, cause]));
  const names = new Set([...causes.keys(), ...lines]);
  return [...names].map((name) => ({
    cause: causes.get(name),
    effects: lines.filter((line) => line === name).length,
  }));
}
