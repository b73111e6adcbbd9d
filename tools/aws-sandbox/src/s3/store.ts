import { randomBytes } from 'node:crypto';
import { AwsError } from '../http/aws-error.ts';
import { Sql, type Database } from '../state.ts';
import { checkWrite, type WriteCondition } from './preconditions.ts';

export interface Bucket {
  name: string;
  created: string;
  versioning: '' | 'Enabled' | 'Suspended';
  /** JSON of a NotificationConfiguration. */
  notifications: string;
}

/** One object version, or a delete marker. */
export interface Version {
  seq: number;
  bucket: string;
  key: string;
  version_id: string;
  marker: 0 | 1;
  blob: string | null;
  size: number;
  etag: string;
  modified: number;
  /** JSON of the stored response headers, user metadata included. */
  headers: string;
  checksum: string | null;
}

export interface NewObject {
  blob: string;
  size: number;
  etag: string;
  headers: Readonly<Record<string, string>>;
  /** Of all of its bytes, unless its type says otherwise. */
  checksum?: { name: string; value: string; type?: string } | undefined;
}

/** What a delete did, for the answer and for the event. */
export interface Deletion {
  kind: 'deleted' | 'marker-created' | 'nothing';
  versionId?: string;
  /** The version that went away was itself a delete marker. */
  markerRemoved?: boolean;
  removedBlobs: (string | null)[];
  seq: number;
}

const NULL_VERSION = 'null';

/** Buckets and versions. Every method is one synchronous transaction: nothing interleaves. */
export class S3Store {
  readonly #sql: Sql;

  constructor(db: Database) {
    this.#sql = new Sql(db);
  }

  /** Several of the calls below as one. */
  atomically<T>(work: () => T): T {
    return this.#sql.transaction(work);
  }

  bucket(name: string): Bucket {
    const bucket = this.#sql.one<Bucket>('SELECT * FROM buckets WHERE name = ?', name);
    if (bucket === undefined) {
      throw new AwsError(404, 'NoSuchBucket', 'The specified bucket does not exist', {
        members: { BucketName: name },
      });
    }
    return bucket;
  }

  buckets(): Bucket[] {
    return this.#sql.all<Bucket>('SELECT * FROM buckets ORDER BY name');
  }

  createBucket(name: string): void {
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) || /\.\.|^\d+(\.\d+){3}$/.test(name)) {
      throw new AwsError(400, 'InvalidBucketName', 'The specified bucket is not valid.', {
        members: { BucketName: name },
      });
    }
    if (this.#sql.one('SELECT 1 FROM buckets WHERE name = ?', name) !== undefined) {
      throw new AwsError(409, 'BucketAlreadyOwnedByYou', 'You already own a bucket of this name.', {
        members: { BucketName: name },
      });
    }
    this.#sql.run('INSERT INTO buckets (name, created) VALUES (?, ?)', name, new Date().toISOString());
  }

  deleteBucket(name: string): void {
    this.bucket(name);
    if (this.#sql.one('SELECT 1 FROM versions WHERE bucket = ? LIMIT 1', name) !== undefined) {
      throw new AwsError(409, 'BucketNotEmpty', 'The bucket you tried to delete is not empty', {
        members: { BucketName: name },
      });
    }
    this.#sql.run('DELETE FROM buckets WHERE name = ?', name);
  }

  setVersioning(name: string, status: 'Enabled' | 'Suspended'): void {
    this.#sql.run('UPDATE buckets SET versioning = ? WHERE name = ?', status, name);
  }

  setNotifications(name: string, json: string): void {
    this.#sql.run('UPDATE buckets SET notifications = ? WHERE name = ?', json, name);
  }

  /** The newest version, which may be a delete marker. */
  latest(bucket: string, key: string): Version | undefined {
    return this.#sql.one<Version>(
      'SELECT * FROM versions WHERE bucket = ? AND key = ? ORDER BY seq DESC LIMIT 1',
      bucket,
      key,
    );
  }

  /** The object as a plain GET sees it. */
  current(bucket: string, key: string): Version | undefined {
    const latest = this.latest(bucket, key);
    return latest?.marker === 1 ? undefined : latest;
  }

  version(bucket: string, key: string, versionId: string): Version | undefined {
    return this.#sql.one<Version>(
      'SELECT * FROM versions WHERE bucket = ? AND key = ? AND version_id = ?',
      bucket,
      key,
      versionId,
    );
  }

  /**
   * Makes the new object the current one if the condition holds at this moment.
   * `since` is the newest seq when the request began: a condition that fails only
   * because of a write in between is S3's 409, not 412.
   */
  put(
    bucket: string,
    key: string,
    object: NewObject,
    condition: WriteCondition,
    since: number,
  ): { version: Version; replacedBlobs: (string | null)[] } {
    return this.#sql.transaction(() => {
      const { versioning } = this.bucket(bucket);
      const latest = this.latest(bucket, key);
      this.#check(condition, latest, since);
      const versionId = versioning === 'Enabled' ? newVersionId() : NULL_VERSION;
      const replacedBlobs = versioning === 'Enabled' ? [] : this.#remove(bucket, key, NULL_VERSION);
      this.#insert(bucket, key, versionId, object);
      const version = this.latest(bucket, key);
      if (version === undefined) throw new Error('The version just written is not there');
      return { version, replacedBlobs };
    });
  }

  /** A DELETE without a version id: removes, or puts a delete marker on top. */
  delete(bucket: string, key: string, condition: WriteCondition): Deletion {
    return this.#sql.transaction(() => {
      const { versioning } = this.bucket(bucket);
      const current = this.current(bucket, key);
      checkWrite(condition, current);
      if (versioning === '') {
        const removedBlobs = this.#remove(bucket, key, NULL_VERSION);
        return { kind: current === undefined ? 'nothing' : 'deleted', removedBlobs, seq: this.#nextSeq() };
      }
      const versionId = versioning === 'Enabled' ? newVersionId() : NULL_VERSION;
      const removedBlobs = versioning === 'Enabled' ? [] : this.#remove(bucket, key, NULL_VERSION);
      this.#sql.run(
        'INSERT INTO versions (bucket, key, version_id, marker, modified) VALUES (?, ?, ?, 1, ?)',
        bucket,
        key,
        versionId,
        Date.now(),
      );
      return { kind: 'marker-created', versionId, removedBlobs, seq: this.latest(bucket, key)?.seq ?? 0 };
    });
  }

  /** A DELETE of one version, for good. */
  deleteVersion(bucket: string, key: string, versionId: string): Deletion {
    return this.#sql.transaction(() => {
      const version = this.version(bucket, key, versionId);
      const removedBlobs = this.#remove(bucket, key, versionId);
      return {
        kind: version === undefined ? 'nothing' : 'deleted',
        versionId,
        markerRemoved: version?.marker === 1,
        removedBlobs,
        seq: this.#nextSeq(),
      };
    });
  }

  /** The current object with the smallest key that is not below `from`. */
  firstKeyFrom(bucket: string, from: string): Version | undefined {
    return this.#sql.one<Version>(
      `SELECT * FROM versions v WHERE bucket = ? AND key >= ? AND marker = 0
         AND seq = (SELECT max(seq) FROM versions WHERE bucket = v.bucket AND key = v.key)
       ORDER BY key LIMIT 1`,
      bucket,
      from,
    );
  }

  /** All versions, by key, newest first, after the given position. */
  listVersions(
    bucket: string,
    prefix: string,
    after: { key: string; seq: number },
    limit: number,
  ): (Version & { latest: 0 | 1 })[] {
    return this.#sql.all<Version & { latest: 0 | 1 }>(
      `SELECT *, seq = (SELECT max(seq) FROM versions WHERE bucket = v.bucket AND key = v.key) AS latest
       FROM versions v WHERE bucket = ? AND substr(key, 1, ?) = ? AND (key > ? OR (key = ? AND seq < ?))
       ORDER BY key, seq DESC LIMIT ?`,
      bucket,
      Array.from(prefix).length, // SQLite counts code points,
      prefix,
      after.key,
      after.key,
      after.seq,
      limit,
    );
  }

  namedBlobs(): Set<string> {
    const rows = this.#sql.all<{ blob: string }>(
      'SELECT blob FROM versions WHERE blob IS NOT NULL UNION SELECT blob FROM parts',
    );
    return new Set(rows.map((row) => row.blob));
  }

  /** Throws what a write with this condition would get now; for refusing before the body is read. */
  precheck(bucket: string, key: string, condition: WriteCondition): number {
    const latest = this.latest(bucket, key);
    checkWrite(condition, latest?.marker === 1 ? undefined : latest);
    return latest?.seq ?? 0;
  }

  #check(condition: WriteCondition, latest: Version | undefined, since: number): void {
    try {
      checkWrite(condition, latest?.marker === 1 ? undefined : latest);
    } catch (error) {
      if ((latest?.seq ?? 0) === since) throw error;
      throw new AwsError(
        409,
        'ConditionalRequestConflict',
        'The conditional request cannot succeed due to a conflicting operation against this resource.',
      );
    }
  }

  #insert(bucket: string, key: string, versionId: string, object: NewObject): void {
    this.#sql.run(
      `INSERT INTO versions (bucket, key, version_id, blob, size, etag, modified, headers, checksum)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      bucket,
      key,
      versionId,
      object.blob,
      object.size,
      object.etag,
      Date.now(),
      JSON.stringify(object.headers),
      object.checksum === undefined ? null : JSON.stringify(object.checksum),
    );
  }

  #remove(bucket: string, key: string, versionId: string): (string | null)[] {
    return this.#sql
      .all<{ blob: string | null }>(
        'DELETE FROM versions WHERE bucket = ? AND key = ? AND version_id = ? RETURNING blob',
        bucket,
        key,
        versionId,
      )
      .map((row) => row.blob);
  }

  /** Takes a number from the same sequence as writes, so that sequencers of deletes compare with theirs. */
  #nextSeq(): number {
    this.#sql.run("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'versions'");
    return (
      this.#sql.one<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'versions'")?.seq ?? 0
    );
  }
}

/** Opaque, and not sortable by age, as in S3. */
function newVersionId(): string {
  return randomBytes(24).toString('base64url');
}
