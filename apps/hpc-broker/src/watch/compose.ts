import { createLeader } from '@groundwork/database';
import type { Component, Logger } from '@groundwork/service';
import type { Kysely } from 'kysely';
import { createLostEngines } from '../adapters/postgres/lost-engines.ts';
import { createMoves } from '../adapters/postgres/moves.ts';
import type { ProjectRules } from '../domain/sharing/project-file.ts';
import type { Planning } from '../planning.ts';
import { Moving } from './keep-moving.ts';
import { keepWatching } from './keep-watching.ts';

export interface WatchOptions {
  db: Kysely<unknown>;
  rulesOf: (project: string) => ProjectRules;
  /** See WatchingParts. */
  marginSeconds?: number;
  everyMs?: number;
  tell?: () => void;
  ttlSeconds?: number;
  /** Without it nothing is planned anew that waits where nothing begins. */
  moving?: { planning: Planning; failoverSeconds: number; coolOffSeconds: number } | undefined;
  logger: Logger;
}

/** Twice a lease of 15 s. */
const MARGIN_SECONDS = 30;
const EVERY_MS = 5_000;

/** One of the brokers looks after the engines of those that are gone, and after what waits where nothing begins. */
export function createWatch(options: WatchOptions): Component {
  const {
    db,
    rulesOf,
    logger,
    marginSeconds = MARGIN_SECONDS,
    everyMs = EVERY_MS,
    tell = () => {},
  } = options;
  return createLeader({
    db,
    name: 'watch',
    logger,
    ...(options.ttlSeconds === undefined ? {} : { ttlSeconds: options.ttlSeconds }),
    lead(lease, signal) {
      const lostEngines = createLostEngines(db, rulesOf);
      const moving =
        options.moving &&
        new Moving({
          moves: createMoves({ db, lease, ...options.moving }),
          planning: options.moving.planning,
          tell,
          logger,
        });
      return keepWatching({ lostEngines, marginSeconds, everyMs, moving, tell, logger }, signal);
    },
  });
}
