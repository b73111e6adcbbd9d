import { randomBytes } from 'node:crypto';
import { Sql, type Database } from '../state.ts';
import { cloudFrontError } from './error.ts';
import { isTag, isWildcard, type InvalidationBatch } from './invalidation-batch.ts';

export interface Invalidation extends InvalidationBatch {
  id: string;
  status: 'InProgress' | 'Completed';
  /** ISO 8601. */
  created: string;
}

interface Row {
  id: string;
  caller_reference: string;
  paths: string;
  created: number;
  completes: number;
}

/**
 * In progress at a time, per distribution. Wildcards have a limit of their own; of tags nothing is said, so they
 * count as files do. https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/InvalidationLimits.html
 */
const MOST_FILES = 3_000;
const MOST_WILDCARDS = 15;
/** AWS takes from seconds to minutes. */
const COMPLETE_AFTER_MS = 1_000;
const SETTING = 'invalidationCompleteAfterMs';

/** Of all distributions. One is completed when its time has come: nothing has to run for it. */
export class Invalidations {
  readonly #sql: Sql;

  constructor(db: Database) {
    this.#sql = new Sql(db);
  }

  /**
   * The same call again gives the same invalidation. With other paths the reference is refused: the API reference
   * says by InvalidationBatchAlreadyExists, which is not among the operation's errors; CloudFront itself answers
   * InvalidArgument (https://github.com/jonls/s3-deploy-website/issues/26, https://github.com/aws/aws-cdk/issues/3878).
   */
  create(distribution: string, { callerReference, paths }: InvalidationBatch): Invalidation {
    return this.#sql.transaction(() => {
      const [before] = this.#all('distribution = ? AND caller_reference = ?', distribution, callerReference);
      if (before !== undefined) {
        if (isSame(before.paths, paths)) return before;
        throw cloudFrontError.invalidationReferenceTaken();
      }
      requireRoom([...this.#inProgress(distribution).flatMap((one) => one.paths), ...paths]);
      const now = Date.now();
      const id = newId();
      this.#sql.run(
        `INSERT INTO invalidations (id, distribution, caller_reference, paths, created, completes)
         VALUES (?, ?, ?, ?, ?, ?)`,
        id,
        distribution,
        callerReference,
        JSON.stringify(paths),
        now,
        now + this.completeAfterMs,
      );
      return this.get(distribution, id);
    });
  }

  get(distribution: string, id: string): Invalidation {
    const [found] = this.#all('distribution = ? AND id = ?', distribution, id);
    if (found === undefined) throw cloudFrontError.noInvalidation();
    return found;
  }

  /** The newest first. */
  list(distribution: string): Invalidation[] {
    return this.#all('distribution = ?', distribution);
  }

  inProgress(distribution: string): number {
    return this.#inProgress(distribution).length;
  }

  /** How long an invalidation takes, in ms. */
  get completeAfterMs(): number {
    const row = this.#sql.one<{ value: number }>('SELECT value FROM settings WHERE name = ?', SETTING);
    return row?.value ?? COMPLETE_AFTER_MS;
  }

  /** Holds for those that are in progress too. */
  set completeAfterMs(ms: number) {
    this.#sql.run('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)', SETTING, ms);
    this.#sql.run('UPDATE invalidations SET completes = created + ? WHERE completes > ?', ms, Date.now());
  }

  #inProgress(distribution: string): Invalidation[] {
    return this.#all('distribution = ? AND completes > ?', distribution, Date.now());
  }

  #all(where: string, ...values: (string | number)[]): Invalidation[] {
    return this.#sql
      .all<Row>(`SELECT * FROM invalidations WHERE ${where} ORDER BY seq DESC`, ...values)
      .map(fromRow);
  }
}

/** For what would then be in progress together. */
function requireRoom(paths: readonly string[]): void {
  const wildcards = paths.filter((path) => !isTag(path) && isWildcard(path)).length;
  if (wildcards > MOST_WILDCARDS || paths.length - wildcards > MOST_FILES)
    throw cloudFrontError.tooManyInProgress();
}

/** Their order is no matter. */
function isSame(some: readonly string[], others: readonly string[]): boolean {
  return JSON.stringify(some.toSorted()) === JSON.stringify(others.toSorted());
}

/** 14 capitals and digits, the first an I. */
function newId(): string {
  const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  return `I${[...randomBytes(13)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('')}`;
}

function fromRow({ id, caller_reference: callerReference, paths, created, completes }: Row): Invalidation {
  return {
    id,
    callerReference,
    paths: JSON.parse(paths) as string[],
    status: completes > Date.now() ? 'InProgress' : 'Completed',
    created: new Date(created).toISOString(),
  };
}
