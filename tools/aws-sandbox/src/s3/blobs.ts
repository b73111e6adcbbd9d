import { randomUUID } from 'node:crypto';
import { createWriteStream, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Object bodies, one immutable file each. A file counts only once a row names it. */
export class Blobs {
  readonly #dir: string;

  constructor(stateDir: string) {
    this.#dir = join(stateDir, 'blobs');
    mkdirSync(this.#dir, { recursive: true });
  }

  path(id: string): string {
    return join(this.#dir, id);
  }

  /** Writes a new blob and returns its id; leaves nothing behind when the source fails. */
  async write(source: Readable | AsyncIterable<Buffer>): Promise<string> {
    const id = randomUUID();
    try {
      await pipeline(source, createWriteStream(this.path(id)));
      return id;
    } catch (error) {
      await rm(this.path(id), { force: true });
      throw error;
    }
  }

  /** Opened at once, so that a delete in the meantime does not cut a reader off. */
  async read(id: string, range?: { start: number; end: number }): Promise<Readable> {
    const file = await open(this.path(id));
    return file.createReadStream(range ?? {});
  }

  remove(ids: Iterable<string | null | undefined>): void {
    for (const id of ids) {
      if (id !== null && id !== undefined) rmSync(this.path(id), { force: true });
    }
  }

  /** Deletes what no row names: bodies of requests that never came to their end. */
  sweep(named: ReadonlySet<string>): void {
    this.remove(readdirSync(this.#dir).filter((id) => !named.has(id)));
  }
}
