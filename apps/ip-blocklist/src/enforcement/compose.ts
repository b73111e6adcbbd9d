import { createLeader, type Database } from '@groundwork/database';
import type { AwsSettings, Component, Logger } from '@groundwork/service';
import { createEnforcers } from '../adapters/enforcers.ts';
import { createPostgresLedger } from '../adapters/postgres-ledger.ts';
import type { Tables } from '../adapters/tables.ts';
import type { DesireParts } from '../domain/desire.ts';
import { regionOf, type Target } from '../domain/target-file/target-file.ts';
import type { Metrics } from '../metrics.ts';
import { enforce, type EnforceParts } from './enforce.ts';

export interface EnforcementParts {
  db: Database<Tables>['db'];
  aws: AwsSettings;
  targets: readonly Target[];
  desire: DesireParts;
  /** Rejects as long as it is not known what must stay reachable. */
  checkProtected: () => Promise<void>;
  ttlSeconds: number;
  metrics: Pick<Metrics, 'target'>;
  logger: Logger;
  timing: EnforceParts['timing'];
}

/** AWS rates calls per region: whoever writes in one writes all that is to be written there. */
export function composeEnforcement(parts: EnforcementParts): Component[] {
  const { db, aws, desire, checkProtected, ttlSeconds, metrics, logger, timing } = parts;
  const enforcerOf = createEnforcers(aws);
  const regions = Map.groupBy(parts.targets, (target) => regionOf(target, aws.region));
  return [...regions].map(([region, targets]) =>
    createLeader({
      db,
      name: `enforcement in ${region}`,
      logger,
      ttlSeconds,
      lead: async (held, signal) => {
        await checkProtected();
        const ledgerOf = () => createPostgresLedger(db, held);
        const common = { ...desire, targets, enforcerOf, ledgerOf, observe: metrics.target, logger, timing };
        await enforce(common, held, signal);
      },
    }),
  );
}
