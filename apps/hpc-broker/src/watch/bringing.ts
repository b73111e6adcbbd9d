import { setTimeout as delay } from 'node:timers/promises';
import { createLeader } from '@groundwork/database';
import type { Component, Logger } from '@groundwork/service';
import type { Kysely } from 'kysely';
import { createTransferLedger } from '../adapters/postgres/transfer-ledger.ts';
import type { DatasetTransfers } from '../ports/dataset-transfer.ts';
import type { TransferLedger } from '../ports/transfer-ledger.ts';
import { tend } from './bring.ts';

export interface BringingOptions {
  db: Kysely<unknown>;
  transfers: DatasetTransfers;
  everyMs: number;
  /** See BringingParts. */
  quietMs: number;
  /** See TransferLedgerOptions. */
  retryMs: number;
  tell: () => void;
  ttlSeconds: number;
  logger: Logger;
  /** Puts something between the leader and what it writes. Tests do. */
  through?: (ledger: TransferLedger) => TransferLedger;
}

/** One of the brokers has the data of jobs brought. What has begun goes on without any of them. */
export function createBringing(options: BringingOptions): Component {
  const { db, transfers, everyMs, quietMs, retryMs, tell, ttlSeconds, logger } = options;
  const { through = (ledger) => ledger } = options;
  return createLeader({
    db,
    name: 'datasets',
    logger,
    ttlSeconds,
    async lead(lease, signal) {
      const ledger = through(createTransferLedger({ db, lease, retryMs }));
      while (!signal.aborted) {
        const open = await ledger.open();
        // Tasks have nothing to do with each other; but whoever comes after this must not meet one of them.
        const tended = await Promise.allSettled(
          [...Map.groupBy(open, ({ taskArn }) => taskArn).values()].map((ofTask) =>
            tend({ ledger, transfers, quietMs, tell, signal }, ofTask),
          ),
        );
        for (const one of tended) if (one.status === 'rejected') throw one.reason;
        await delay(everyMs, undefined, { signal }).catch(() => undefined);
      }
    },
  });
}
