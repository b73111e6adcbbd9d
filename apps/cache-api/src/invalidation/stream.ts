import type { Logger } from '@groundwork/service';
import type { Kysely } from 'kysely';
import type { Pool } from 'pg';
import type { Registry } from 'prom-client';
import type { Change } from '../domain/change.ts';

/** What one transaction did to the declared tables. */
export interface Commit {
  changes: readonly Change[];
  /** Contents of its messages with the prefix `OWN_PREFIX`, in order. Always empty in notify mode. */
  own: readonly string[];
  /** Log position just behind its commit record: what was read at this position or later includes it. 0 in notify mode. */
  version: bigint;
  /** By the database's clock, in ms since 1970. In notify mode: when we heard of it. */
  committedAt: number;
}

export interface ChangeStreamOptions<Tables> {
  databaseUrl: string;
  pool: Pool;
  /** Must have the table of `LEASES`. */
  db: Kysely<Tables>;
  /** `schema.table`, as in the catalogue: without quotes, upper and lower case told apart. */
  tables: readonly string[];
  /** Of slot, publication, schema of the triggers and channel. Slots are named per server, not per database. */
  name?: string;
  /**
   * Resolves when nothing of before is visible any more. Rejects: it is called again with the same
   * batch. Commits come in their order, at least once; after a resumption, some may come again.
   */
  apply: (batch: readonly Commit[]) => Promise<void>;
  /**
   * Everything of these tables may have changed unseen. Rejects: it is called again. It may run
   * beside an `apply`.
   */
  applyAll: (reason: string) => Promise<void>;
  logger: Logger;
  /** Of the leader's lease. */
  ttlSeconds?: number;
  registry?: Registry;
}

export const DEFAULT_NAME = 'groundwork_cache';

/** `pg_logical_emit_message(true, OWN_PREFIX, …)`: what a writer tells in its own transaction. */
export const OWN_PREFIX = 'groundwork-cache';
