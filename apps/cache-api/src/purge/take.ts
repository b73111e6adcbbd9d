import { sql, type Transaction } from 'kysely';
import { randomUUID } from 'node:crypto';
import { toCollapse, type Crowd } from './collapse.ts';
import { wholeOf } from './items.ts';
import { leftOf, monthOf } from './month.ts';

export interface TakeOptions {
  distribution: string;
  /** Items per month. */
  budget: number;
  /** Of one collection, more tags of keys than these become its own. */
  collapseAbove: number;
  /** What was asked for longer ago is gone by itself. */
  longestTtlSeconds: number | undefined;
  at: Date;
  holder: string;
}

/** Numbers of items. `left`: from now on left to their TTL; `leftAll`: with those that were before. */
export interface Taken {
  taken: number;
  collapsed: number;
  expired: number;
  left: number;
  leftAll: number;
}

/**
 * In progress at a time, per distribution: files (tags are taken to count as such), and paths with `*`.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/InvalidationLimits.html
 */
const MOST_ITEMS = 3_000;
const MOST_WILDCARDS = 15;
/** Batches are of interest for their month and the next one. */
const KEPT_DAYS = 62;

type Tx = Transaction<unknown>;

/**
 * Makes one batch of what waits, as much as the month's budget and CloudFront's limits allow, and counts it as
 * spent. Once this is committed, the call may be made, and has to be. What is asked for after that waits anew: the
 * CDN may fill itself with the old value until the call, but not after a call that comes later than the request.
 */
export async function take(tx: Tx, options: TakeOptions): Promise<Taken> {
  const { at, budget } = options;
  const expired = await dropExpired(tx, options);
  const left = leftOf(budget, await spentIn(tx, monthOf(at)));
  // What cannot be sent any more has to fit into the next month.
  const collapsed = await collapse(tx, left > 0 ? left : budget, options.collapseAbove);
  if (left === 0) return { taken: 0, collapsed, expired, ...(await leaveToTtl(tx, at)) };
  await sql`UPDATE purges SET left_at = NULL WHERE left_at IS NOT NULL`.execute(tx);
  const chosen = await choose(tx, left);
  if (chosen.length > 0) await record(tx, chosen, options);
  return { taken: chosen.length, collapsed, expired, left: 0, leftAll: 0 };
}

async function dropExpired(tx: Tx, { at, longestTtlSeconds }: TakeOptions): Promise<number> {
  await sql`DELETE FROM purge_batches WHERE completed_at < ${at}::timestamptz - make_interval(days => ${KEPT_DAYS})`.execute(
    tx,
  );
  if (longestTtlSeconds === undefined) return 0;
  const { numAffectedRows = 0n } = await sql`
    DELETE FROM purges
    WHERE last_requested_at < ${at}::timestamptz - make_interval(secs => ${longestTtlSeconds})`.execute(tx);
  return Number(numAffectedRows);
}

async function spentIn(tx: Tx, month: string): Promise<number> {
  const { rows } = await sql<{
    items: number;
  }>`SELECT items FROM purge_months WHERE month = ${month}::date`.execute(tx);
  return rows[0]?.items ?? 0;
}

async function count(tx: Tx): Promise<number> {
  const { rows } = await sql<{ all: number }>`SELECT count(*) AS "all" FROM purges`.execute(tx);
  return rows[0]?.all ?? 0;
}

/** The number of items that others stand for now. */
async function collapse(tx: Tx, left: number, above: number): Promise<number> {
  const { rows: crowds } = await sql<Crowd>`
    SELECT collection, count(*) AS keys,
      EXISTS (SELECT 1 FROM purges AS whole WHERE whole.item = '#all:' || purges.collection) AS "isCovered"
    FROM purges WHERE collection IS NOT NULL GROUP BY collection`.execute(tx);
  const collections = toCollapse(crowds, { waiting: await count(tx), left, above });
  if (collections.length === 0) return 0;
  const { rows: gone } = await sql<{ keys: number }>`
    WITH gone AS (
      DELETE FROM purges WHERE collection = ANY (${collections}::text[]) RETURNING *
    ), whole AS (
      SELECT collection, count(*) AS keys, min(requested_at) AS first, max(last_requested_at) AS last,
        sum(requests) AS requests, max(left_at) AS left_at
      FROM gone GROUP BY collection
    ), kept AS (
      INSERT INTO purges (item, requested_at, last_requested_at, requests, left_at)
      SELECT named.item, first, last, requests, left_at FROM whole
      JOIN unnest(${collections}::text[], ${collections.map(wholeOf)}::text[]) AS named (collection, item)
        USING (collection)
      ON CONFLICT (item) DO UPDATE SET
        requested_at = least(purges.requested_at, excluded.requested_at),
        last_requested_at = greatest(purges.last_requested_at, excluded.last_requested_at),
        requests = purges.requests + excluded.requests
    )
    SELECT keys FROM whole`.execute(tx);
  return gone.reduce((sum, { keys }) => sum + keys, 0);
}

async function leaveToTtl(tx: Tx, at: Date): Promise<Pick<Taken, 'left' | 'leftAll'>> {
  const { numAffectedRows = 0n } = await sql`UPDATE purges SET left_at = ${at} WHERE left_at IS NULL`.execute(
    tx,
  );
  return { left: Number(numAffectedRows), leftAll: await count(tx) };
}

interface Chosen {
  item: string;
  requestedAt: Date;
}

/** Tags before paths, and who has waited longest first. */
async function choose(tx: Tx, left: number): Promise<Chosen[]> {
  const { rows: flying } = await sql<{ items: number; wildcards: number }>`
    SELECT count(*) AS items, count(*) FILTER (WHERE item LIKE '/%*') AS wildcards
    FROM purge_batches, unnest(items) AS item WHERE completed_at IS NULL`.execute(tx);
  const { items = 0, wildcards = 0 } = flying[0] ?? {};
  const room = Math.min(left, MOST_ITEMS - items);
  if (room <= 0) return [];
  const { rows } = await sql<Chosen>`
    DELETE FROM purges WHERE item IN (
      SELECT item FROM (
        SELECT item, requested_at, item LIKE '/%*' AS wild,
          row_number() OVER (PARTITION BY item LIKE '/%*' ORDER BY requested_at) AS nth
        FROM purges
      ) AS waiting
      WHERE NOT wild OR nth <= ${MOST_WILDCARDS - wildcards}
      ORDER BY item LIKE '#%' DESC, requested_at, item LIMIT ${room}
    ) RETURNING item, requested_at AS "requestedAt"`.execute(tx);
  return rows;
}

async function record(tx: Tx, chosen: readonly Chosen[], { at, distribution, holder }: TakeOptions) {
  await sql`
    INSERT INTO purge_batches (distribution, caller_reference, items, requested_at, recorded_at, recorded_by)
    VALUES (${distribution}, ${randomUUID()}, ${chosen.map(({ item }) => item)},
      ${chosen.map(({ requestedAt }) => requestedAt)}::timestamptz[], ${at}, ${holder})`.execute(tx);
  await sql`
    INSERT INTO purge_months AS known (month, items) VALUES (${monthOf(at)}::date, ${chosen.length})
    ON CONFLICT (month) DO UPDATE SET items = known.items + excluded.items`.execute(tx);
}
