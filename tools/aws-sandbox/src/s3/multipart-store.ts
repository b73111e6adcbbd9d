import { createHash, randomBytes } from 'node:crypto';
import { AwsError } from '../http/aws-error.ts';
import { Sql, type Database } from '../state.ts';

export interface Upload {
  id: string;
  bucket: string;
  key: string;
  started: number;
  /** JSON */
  headers: string;
  /** JSON of its algorithm and type, where it was begun with one. */
  checksum: string | null;
}

export interface Part {
  number: number;
  blob: string;
  size: number;
  etag: string;
  modified: number;
  /** JSON of its name and value. */
  checksum: string | null;
}

/** A part as CompleteMultipartUpload names it. */
export interface WantedPart {
  number: number;
  etag: string;
  /** By their names, in base64. */
  checksums: Readonly<Record<string, string>>;
}

/** Every part but the last: 5 MiB at least. */
const MIN_PART_BYTES = 5 * 1024 * 1024;

/** Multipart uploads that have not been completed or aborted yet. */
export class Multipart {
  readonly #sql: Sql;
  readonly #minPartBytes: number;

  constructor(db: Database, minPartBytes = MIN_PART_BYTES) {
    this.#sql = new Sql(db);
    this.#minPartBytes = minPartBytes;
  }

  create(
    bucket: string,
    key: string,
    headers: Readonly<Record<string, string>>,
    checksum: { name: string; type: string } | undefined,
  ): Upload {
    const id = randomBytes(24).toString('base64url');
    this.#sql.run(
      'INSERT INTO uploads (id, bucket, key, started, headers, checksum) VALUES (?, ?, ?, ?, ?, ?)',
      id,
      bucket,
      key,
      Date.now(),
      JSON.stringify(headers),
      checksum === undefined ? null : JSON.stringify(checksum),
    );
    return this.get(id, bucket, key);
  }

  get(id: string, bucket: string, key: string): Upload {
    const upload = this.#sql.one<Upload>(
      'SELECT * FROM uploads WHERE id = ? AND bucket = ? AND key = ?',
      id,
      bucket,
      key,
    );
    if (upload === undefined) {
      throw new AwsError(
        404,
        'NoSuchUpload',
        'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
        { members: { UploadId: id } },
      );
    }
    return upload;
  }

  /** By key, the first begun first, after the given position. */
  list(bucket: string, prefix: string, after: { key: string; id: string }, limit: number): Upload[] {
    return this.#sql.all<Upload>(
      `SELECT * FROM uploads u WHERE bucket = ? AND substr(key, 1, ?) = ? AND (key > ? OR (key = ? AND
         (started, rowid) > (SELECT started, rowid FROM uploads WHERE id = ? AND key = u.key)))
       ORDER BY key, started, rowid LIMIT ?`,
      bucket,
      Array.from(prefix).length, // SQLite counts code points.
      prefix,
      after.key,
      after.key,
      after.id,
      limit,
    );
  }

  /** Returns the blob that a repeated upload of the same part replaced. */
  putPart(uploadId: string, part: Omit<Part, 'modified'>): string | undefined {
    return this.#sql.transaction(() => {
      const old = this.#sql.one<{ blob: string }>(
        'SELECT blob FROM parts WHERE upload = ? AND number = ?',
        uploadId,
        part.number,
      );
      this.#sql.run(
        `INSERT OR REPLACE INTO parts (upload, number, blob, size, etag, modified, checksum)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
        uploadId,
        part.number,
        part.blob,
        part.size,
        part.etag,
        Date.now(),
        part.checksum,
      );
      return old?.blob;
    });
  }

  parts(uploadId: string): Part[] {
    return this.#sql.all<Part>('SELECT * FROM parts WHERE upload = ? ORDER BY number', uploadId);
  }

  /** Checks the list in CompleteMultipartUpload and returns the stored parts it names, in order. */
  select(uploadId: string, wanted: readonly WantedPart[]): Part[] {
    const stored = new Map(this.parts(uploadId).map((part) => [part.number, part]));
    const selected = wanted.map(({ number, etag }, i) => {
      if (i > 0 && number <= (wanted[i - 1]?.number ?? 0)) {
        throw new AwsError(400, 'InvalidPartOrder', 'The list of parts was not in ascending order.');
      }
      const part = stored.get(number);
      if (part === undefined || part.etag !== etag.replaceAll('"', '')) {
        throw new AwsError(400, 'InvalidPart', 'One or more of the specified parts could not be found.', {
          members: { UploadId: uploadId, PartNumber: String(number) },
        });
      }
      return part;
    });
    for (const part of selected.slice(0, -1)) {
      if (part.size >= this.#minPartBytes) continue;
      throw new AwsError(
        400,
        'EntityTooSmall',
        'Your proposed upload is smaller than the minimum allowed size',
        {
          members: {
            PartNumber: String(part.number),
            ProposedSize: String(part.size),
            MinSizeAllowed: String(this.#minPartBytes),
          },
        },
      );
    }
    return selected;
  }

  /** Forgets the upload and returns the blobs of its parts. */
  remove(uploadId: string): string[] {
    return this.#sql.transaction(() => {
      const blobs = this.parts(uploadId).map((part) => part.blob);
      this.#sql.run('DELETE FROM uploads WHERE id = ?', uploadId);
      return blobs;
    });
  }
}

/** `<md5 of the parts' md5s>-<count>` */
export function multipartEtag(parts: readonly Part[]): string {
  const md5 = createHash('md5');
  for (const part of parts) md5.update(Buffer.from(part.etag, 'hex'));
  return `${md5.digest('hex')}-${parts.length}`;
}
