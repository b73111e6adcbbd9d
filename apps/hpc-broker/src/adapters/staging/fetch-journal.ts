import { open, readFile, rm, type FileHandle } from 'node:fs/promises';

/** Of what a partial file is, and how: else nothing in it is worth anything. */
export interface Fetching {
  etag: string;
  /** Undefined where the bucket has no versions. */
  version: string | undefined;
  size: number;
  rangeBytes: number;
  /** The partial file's own. */
  inode: string;
}

/**
 * Which ranges of an object are on disk: a line of what it is, and then one for each range, added when that
 * is safe there. A line that was being written when the power went has no end, and counts for nothing.
 */
export class FetchJournal {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Undefined: there is none, or it is of something else. */
  static async read(path: string, wanted: Omit<Fetching, 'rangeBytes'>): Promise<Kept | undefined> {
    const text = await readFile(path, 'utf8').catch(() => '');
    const [head = '', ...lines] = text.split('\n');
    const said = parsed(head);
    if (said === undefined || !isOf(said, wanted)) return undefined;
    const done = lines.flatMap((line) => /^(\d+) is here$/.exec(line)?.[1] ?? []);
    return { rangeBytes: said.rangeBytes, done: new Set(done.map(Number)) };
  }

  /** For what is read to be gone on with, or to begin one. */
  static async open(path: string, begin?: Fetching): Promise<FetchJournal> {
    const file = await open(path, 'a', 0o600);
    // What is gone on with may end in the middle of a line.
    await file.appendFile(begin === undefined ? '\n' : `${JSON.stringify(begin)}\n`);
    return new FetchJournal(file);
  }

  static async remove(path: string): Promise<void> {
    await rm(path, { force: true });
  }

  async add(range: number): Promise<void> {
    await this.#file.appendFile(`${range} is here\n`);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

export interface Kept {
  rangeBytes: number;
  /** Numbers of ranges, from 1. */
  done: ReadonlySet<number>;
}

function parsed(line: string): Fetching | undefined {
  try {
    return JSON.parse(line) as Fetching;
  } catch {
    return undefined;
  }
}

const isOf = (said: Fetching, wanted: Omit<Fetching, 'rangeBytes'>): boolean =>
  said.etag === wanted.etag &&
  said.version === wanted.version &&
  said.size === wanted.size &&
  said.inode === wanted.inode &&
  said.rangeBytes > 0;
