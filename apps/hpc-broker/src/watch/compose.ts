import { createLeader } from '@groundwork/database';
import type { Component, Logger } from '@groundwork/service';
import type { Kysely } from 'kysely';
import { createLostEngines } from '../adapters/postgres/lost-engines.ts';
import type { ProjectRules } from '../domain/sharing/project-file.ts';
import { keepWatching } from './keep-watching.ts';

export interface WatchOptions {
  db: Kysely<unknown>;
  rulesOf: (project: string) => ProjectRules;
  /** See WatchingParts. */
  marginSeconds?: number;
  everyMs?: number;
  tell?: () => void;
  ttlSeconds?: number;
  logger: Logger;
}

/** Twice a lease of 15 s. */
const MARGIN_SECONDS = 30;
const EVERY_MS = 5_000;

/** One of the brokers looks after the engines of those that are gone. */
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
    lead: (_lease, signal) =>
      keepWatching(
        { lostEngines: createLostEngines(db, rulesOf), marginSeconds, everyMs, tell, logger },
        signal,
      ),
  });
}
