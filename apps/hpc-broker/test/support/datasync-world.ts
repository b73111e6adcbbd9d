import { DataSyncClient } from '@aws-sdk/client-datasync';
import { startDataSyncSandbox } from '@groundwork/aws-sandbox/testing';
import type { DatasetTransfer } from '@groundwork/contracts';
import { eventually } from '@groundwork/service/testing';
import { sql } from 'kysely';
import { onTestFinished } from 'vitest';
import { createDataSyncTransfers } from '../../src/adapters/datasync/datasync-transfers.ts';
import { readTransfer } from '../../src/adapters/postgres/transfers.ts';
import { createBringing, type BringingOptions } from '../../src/watch/bringing.ts';
import { AWS } from './batch-subject.ts';
import { logger, type useDatabases } from './database.ts';
import { job, openLedger } from './ledger.ts';
import { situation } from './situation.ts';

export const TASK = 'lab-to-s3';
/** Of a job whose data that task brings. */
export const dataset = (task = TASK) => ({ bytes: 1_000_000_000, at: 'on-premises' as const, task });
export const withData = (words: object = {}) => job({ dataset: dataset(), ...words });

/** Long enough for whoever looks at what it is like meanwhile. */
export const LASTING = { transferMs: 3_600_000 };
const QUICK = { launchMs: 0, prepareMs: 0, transferMs: 30, verifyMs: 0, cancelMs: 20 };

/** Tables, DataSync with two tasks, and brokers that have data brought, in a hurry. */
export async function dataSyncWorld(databases: ReturnType<typeof useDatabases>) {
  const sandbox = await startDataSyncSandbox();
  onTestFinished(() => sandbox.close());
  const { control } = sandbox;
  await control.set(QUICK);
  const arn = await control.makeTask(TASK);
  const other = await control.makeTask('other');
  const database = await databases.open();
  const tasks = new Map([
    [TASK, arn],
    ['other', other],
  ]);
  const the = situation(openLedger(database, 'local', tasks));
  const transfer = async (id: string): Promise<DatasetTransfer> => (await readTransfer(database.db, id))!;
  return {
    ...the,
    control,
    arn,
    other,
    transfer,
    /** A broker, or what of it has data brought; returns how to stop it. */
    broker: async (options: Partial<BringingOptions> = {}): Promise<() => Promise<void>> => {
      const sdk = new DataSyncClient(AWS(sandbox.endpoint));
      const component = createBringing({
        db: database.db,
        transfers: createDataSyncTransfers(() => sdk),
        everyMs: 20,
        quietMs: 300,
        retryMs: 50,
        tell: () => {},
        ttlSeconds: 2,
        logger,
        ...options,
      });
      await component.start?.();
      let stopped: Promise<void> | undefined;
      const stop = () => (stopped ??= Promise.resolve(component.stop?.(new AbortController().signal)));
      onTestFinished(stop);
      return stop;
    },
    /** Until its transfer is in that state; what is then written of it. */
    until: (id: string, state: DatasetTransfer['state']): Promise<DatasetTransfer> =>
      eventually(
        async () => {
          const found = await transfer(id);
          return found.state === state ? found : undefined;
        },
        { withinMs: 10_000, everyMs: 20, what: `the data of ${id} is ${state}` },
      ),
    untilReason: (id: string, reason: RegExp): Promise<DatasetTransfer> =>
      eventually(
        async () => {
          const found = await transfer(id);
          return reason.test(found.reason ?? '') ? found : undefined;
        },
        { withinMs: 10_000, everyMs: 20, what: `the data of ${id} is ${reason.source}` },
      ),
    /** Events of its data, with what they say. */
    told: async (id: string): Promise<{ what: string; detail: Record<string, unknown> }[]> => {
      const { rows } = await sql<{ what: string; detail: Record<string, unknown> }>`
        SELECT what, detail FROM events WHERE job = ${id}::uuid AND what LIKE 'dataset.%' ORDER BY seq`.execute(
        database.db,
      );
      return rows;
    },
    /** Of which job each execution of a task is, in their order. */
    jobsOf: async (task = arn): Promise<(string | undefined)[]> =>
      (await control.executions(task)).map(({ tags }) => tags['groundwork:job']),
  };
}

export type DataSyncWorld = Awaited<ReturnType<typeof dataSyncWorld>>;
