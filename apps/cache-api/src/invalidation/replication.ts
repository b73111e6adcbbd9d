import { createLeader, requireLease, type Lease } from '@groundwork/database';
import type { Component } from '@groundwork/service';
import { CompiledQuery } from 'kysely';
import { clockDifference } from './clock.ts';
import { explain } from './explain.ts';
import { createLag, type Lag } from './lag.ts';
import { createStreamMetrics } from './metrics.ts';
import { parseTable, validName } from './names.ts';
import { readMark, type Run } from './publication.ts';
import { followSlot } from './session.ts';
import { readSlot } from './slot.ts';
import { DEFAULT_NAME, type ChangeStreamOptions } from './stream.ts';
import type { Walsender } from './walsender.ts';

export interface ReplicationStatus {
  mode: 'replication';
  /** Whether it is this instance that follows. */
  leader: boolean;
  slot: string;
  /** Position until which everything was applied; null: there is no slot. */
  confirmed: string | null;
  /** Log that the server keeps for it, in bytes. */
  retainedBytes: number | null;
  /** How much more may be written before it is lost, in bytes; null: no limit. */
  safeBytes: number | null;
  walStatus: string | null;
  /** Of this instance only. */
  lag: Lag;
  /** By the database's clock, in ms since 1970. */
  lastCommitAt: number | null;
}

export interface Replication extends Component {
  status(): Promise<ReplicationStatus>;
  /** For readiness: rejects with a sentence when nobody follows the commits. */
  check(): Promise<void>;
}

/** Of the server's silence, in ms: it answers every second. */
const SILENT_MS = 15_000;

/**
 * One of several instances follows the commits through a logical replication slot, and every
 * commit is applied before the server may forget it. Needs wal_level = logical, a role with
 * REPLICATION, and to own the declared tables or a publication that their owner made.
 *
 * What it cannot see: statements that change rows without logging which (ALTER TABLE … USING, or
 * attaching and detaching partitions), and tables that a view or function reads but that are not declared.
 */
export function createReplication<Tables>(options: ChangeStreamOptions<Tables>): Replication {
  const { pool, db } = options;
  const name = validName(options.name ?? DEFAULT_NAME);
  if (options.tables.length === 0) throw new Error('there are no tables to follow');
  for (const table of options.tables) parseTable(table);
  const log = options.logger.child({ slot: name });
  const lag = createLag();
  const metrics = createStreamMetrics(options.registry, () => readSlot(pool, name));
  let stream: Walsender | undefined;
  let problem: string | undefined;
  let lastCommitAt: number | null = null;

  async function lead(lease: Lease, signal: AbortSignal): Promise<void> {
    try {
      const ahead = await clockDifference(pool);
      await followSlot(
        {
          ...options,
          name,
          logger: log,
          fenced: (work) => fence(lease, work),
          onFollowing(opened) {
            stream = opened;
            problem = undefined;
            log.info('the commits are followed');
          },
          onApplied(batch) {
            const now = Date.now() + ahead;
            for (const { committedAt } of batch) {
              lag.add(now - committedAt);
              metrics.lag(now - committedAt);
              lastCommitAt = committedAt;
            }
            metrics.applied(batch);
          },
        },
        signal,
      );
    } catch (error) {
      if (signal.aborted) return;
      const explained = explain(error);
      problem = explained.message;
      throw explained;
    } finally {
      stream = undefined;
    }
  }

  /** All in one transaction, which fails when somebody else leads by now. */
  function fence<T>(lease: Lease, work: (run: Run) => Promise<T>): Promise<T> {
    return db.transaction().execute(async (tx) => {
      await requireLease(tx, lease);
      const run: Run = async <Row>(sql: string, values: unknown[] = []) => {
        const { rows } = await tx.executeQuery<Row>(CompiledQuery.raw(sql, values));
        return rows;
      };
      return work(run);
    });
  }

  const leader = createLeader({
    db,
    name: 'replication',
    logger: log,
    lead,
    ...(options.ttlSeconds !== undefined && { ttlSeconds: options.ttlSeconds }),
  });

  return {
    name: 'change stream',
    start: () => leader.start?.(),
    stop: (signal) => leader.stop?.(signal),
    async status() {
      const slot = await readSlot(pool, name);
      return {
        mode: 'replication',
        leader: leader.lease !== undefined,
        slot: name,
        confirmed: slot?.confirmed ?? null,
        retainedBytes: slot?.retainedBytes ?? null,
        safeBytes: slot?.safeBytes ?? null,
        walStatus: slot?.walStatus ?? null,
        lag: lag.read(),
        lastCommitAt,
      };
    },
    async check() {
      const nobody = (why: string): Error => new Error(`nobody follows the slot ${name}: ${why}`);
      if (leader.lease !== undefined) {
        if (stream === undefined) throw nobody(problem ?? 'this instance is about to');
        const silent = Math.round((performance.now() - stream.heardAt) / 1_000);
        if (silent * 1_000 > SILENT_MS) throw nobody(`the server has been silent for ${silent} s`);
        return;
      }
      const slot = await readSlot(pool, name);
      if (slot === undefined) throw nobody('it does not exist yet');
      if (slot.activePid === null) throw nobody('no instance is connected to it');
      const marked = await readMark(pool, name);
      if (marked?.mark === 'pending')
        throw nobody(`everything is invalidated first, because ${marked.reason}`);
    },
  };
}
