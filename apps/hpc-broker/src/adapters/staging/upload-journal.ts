import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { placeOf, type Location } from './s3-location.ts';

/** What tells a file from what is there after it was written to, or replaced. */
export interface Identity {
  size: number;
  /** Larger than a number can be. */
  mtimeNs: string;
  inode: string;
}

/** A multipart upload that is open, and of what. */
export interface Upload {
  id: string;
  to: Location;
  file: Identity;
  partBytes: number;
}

/** An upload that may have been begun: before S3 is asked, nobody knows its id. */
export interface Intent {
  to: Location;
  /** In ms since the epoch. */
  at: number;
}

interface Entry<T> {
  path: string;
  says: T;
}

const UPLOAD = '.upload.json';
const INTENT = '.intent.json';
/** Where no journal can be written, nothing can be gone on with: that is no reason not to store it. */
const REFUSED = new Set(['EACCES', 'EPERM', 'EROFS']);

/**
 * Which uploads of an attempt are open, one small file for each, so that two who write here take nothing
 * from each other. What is written is there after a power cut.
 */
export class UploadJournal {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** False: it may not be. */
  async make(): Promise<boolean> {
    try {
      await mkdir(this.directory, { recursive: true });
      return true;
    } catch (error) {
      if (REFUSED.has((error as NodeJS.ErrnoException).code ?? '')) return false;
      throw error;
    }
  }

  async add(upload: Upload): Promise<void> {
    await this.#write(this.#pathOf(upload), upload);
  }

  async remove(upload: Upload): Promise<void> {
    await rm(this.#pathOf(upload), { force: true });
  }

  /** Resolves with what forgets it. */
  async intend(intent: Intent): Promise<() => Promise<void>> {
    const path = join(this.directory, `${tagOf(intent.to)}.${randomUUID()}${INTENT}`);
    await this.#write(path, intent);
    return () => rm(path, { force: true });
  }

  /** All, or those to one place; always in the same order. */
  uploads(to?: Location): Promise<Entry<Upload>[]> {
    return this.#read<Upload>(UPLOAD, to);
  }

  intents(to?: Location): Promise<Entry<Intent>[]> {
    return this.#read<Intent>(INTENT, to);
  }

  async forget(path: string): Promise<void> {
    await rm(path, { force: true });
  }

  async forgetAll(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true }).catch((error: NodeJS.ErrnoException) => {
      // Another one has begun something meanwhile, and will forget that.
      if (error.code !== 'ENOTEMPTY') throw error;
    });
  }

  #pathOf({ id, to }: Upload): string {
    return join(this.directory, `${tagOf(to)}.${hash(id)}${UPLOAD}`);
  }

  async #write(path: string, content: Upload | Intent): Promise<void> {
    await writeDurably(path, content).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      // Another one was done with all of its own, and has removed the directory.
      await mkdir(this.directory, { recursive: true });
      await writeDurably(path, content);
    });
  }

  async #read<T>(ending: string, to: Location | undefined): Promise<Entry<T>[]> {
    const names = await readdir(this.directory).catch((): string[] => []);
    const wanted = names.filter(
      (name) => name.endsWith(ending) && (to === undefined || name.startsWith(`${tagOf(to)}.`)),
    );
    const entries: Entry<T>[] = [];
    for (const name of wanted.toSorted()) {
      const path = join(this.directory, name);
      // Another one may have removed it.
      const text = await readFile(path, 'utf8').catch(() => undefined);
      if (text !== undefined) entries.push({ path, says: JSON.parse(text) as T });
    }
    return entries;
  }
}

/** The file, and its name. */
async function writeDurably(path: string, content: Upload | Intent): Promise<void> {
  const written = await open(`${path}.new`, 'w', 0o600);
  try {
    await written.writeFile(JSON.stringify(content));
    await written.sync();
  } finally {
    await written.close();
  }
  await rename(`${path}.new`, path);
  const directory = await open(dirname(path), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

export async function identityOf(file: FileHandle): Promise<Identity> {
  const { size, mtimeNs, ino } = await file.stat({ bigint: true });
  return { size: Number(size), mtimeNs: String(mtimeNs), inode: String(ino) };
}

export const isSame = (one: Identity, other: Identity): boolean =>
  one.size === other.size && one.mtimeNs === other.mtimeNs && one.inode === other.inode;

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
const tagOf = (to: Location): string => hash(placeOf(to));
