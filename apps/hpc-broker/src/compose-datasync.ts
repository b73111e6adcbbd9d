import { DataSyncClient } from '@aws-sdk/client-datasync';
import { createAwsClient, type AwsSettings, type Component, type Logger } from '@groundwork/service';
import type { Kysely } from 'kysely';
import { createDataSyncTransfers } from './adapters/datasync/datasync-transfers.ts';
import type { Around } from './compose-engine.ts';
import type { DataSyncSettings } from './datasync-settings.ts';
import { createBringing } from './watch/bringing.ts';

export interface DataSyncParts {
  db: Kysely<unknown>;
  aws: AwsSettings;
  tell: () => void;
  ttlSeconds: number;
  logger: Logger;
  around: Around;
}

/**
 * What has the data of jobs brought. It is there without DATASYNC_TASKS as well, for jobs that were taken
 * while another broker had some: it then asks the database only.
 */
export function composeDataSync(config: DataSyncSettings, parts: DataSyncParts): Component {
  const { db, aws, tell, ttlSeconds, logger, around } = parts;
  let sdk: DataSyncClient | undefined;
  // A start that the SDK repeats by itself would be a second execution.
  const client = () => (sdk ??= createAwsClient(DataSyncClient, { ...aws, maxAttempts: 1 }));
  return createBringing({
    db,
    transfers: around('datasync', createDataSyncTransfers(client)),
    everyMs: config.DATASYNC_POLL_SECONDS * 1_000,
    quietMs: config.DATASYNC_QUIET_SECONDS * 1_000,
    retryMs: config.DATASYNC_RETRY_SECONDS * 1_000,
    tell,
    ttlSeconds,
    logger,
    through: (ledger) => around('transfers', ledger),
  });
}
