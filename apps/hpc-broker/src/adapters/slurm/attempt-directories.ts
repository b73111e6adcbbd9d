import { mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Why it will never run: it was cancelled, given up, or is to run elsewhere. */
export type Never = (typeof NEVER)[number];
const NEVER = ['cancel', 'never', 'withdrawn'] as const;

/** What `claim` says: who has it, and how it ended. One of the two writers creates it, for ever. */
export type Claim =
  /** By the broker: it will never run. */
  | { by: 'broker'; why: Never }
  /** By slurm/attempt.sh, on the node. */
  | {
      by: 'attempt';
      slurmId: string;
      restarts: number;
      startedAt: Date;
      node: string;
      end: { why: 'exit' | 'cancel' | 'walltime' | 'ended'; code: number; at: Date } | undefined;
    };

/**
 * What the attempt is to do; `run` at the start; `scancel`: nothing, as Slurm was asked to end it. The number is
 * its grace in seconds, for whoever asks later.
 */
export type Order = 'run' | 'cancel' | 'scancel' | 'fence';

const ORDERS: readonly Order[] = ['run', 'cancel', 'scancel', 'fence'];

/**
 * A directory for each attempt, which the broker and all nodes see under the same path:
 *
 *     claim   created once, by whoever is first: see slurm/attempt.sh
 *     orders  what the broker wants of it
 *     stdout, stderr
 *     work/   where it runs, and where inputs and outputs are, unless the job says otherwise
 */
export class AttemptDirectories {
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  get base(): string {
    return this.#base;
  }

  of(name: string): string {
    return join(this.#base, name);
  }

  output(name: string, stream: 'stdout' | 'stderr'): string {
    return join(this.#base, name, stream);
  }

  /** False: somebody has been here before. */
  async make(name: string): Promise<boolean> {
    try {
      await mkdir(this.of(name));
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      if (codeOf(error) !== 'ENOENT') throw error;
      await mkdir(this.#base, { recursive: true });
      return this.make(name);
    }
  }

  async makeWork(name: string): Promise<string> {
    const dir = join(this.of(name), 'work');
    await mkdir(dir, { recursive: true });
    return dir;
  }

  async has(name: string): Promise<boolean> {
    return (await unlessMissing(stat(this.of(name)))) !== undefined;
  }

  async claim(name: string): Promise<Claim | undefined> {
    const text = await unlessMissing(readFile(join(this.of(name), 'claim'), 'latin1'));
    // Created, and the line has not arrived yet.
    return text === undefined || !text.includes('\n') ? undefined : parseClaim(text);
  }

  /** That it will never run. False: it has begun, or that was said before. */
  async take(name: string, why: Never): Promise<boolean> {
    await mkdir(this.of(name), { recursive: true });
    try {
      const file = await open(join(this.of(name), 'claim'), 'wx');
      try {
        await file.writeFile(`broker ${why}\n`);
      } finally {
        await file.close();
      }
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    }
  }

  /** In place: a file that takes its name is not seen by a node that has the old one open. */
  async order(name: string, order: Order, graceSeconds: number): Promise<void> {
    await writeFile(join(this.of(name), 'orders'), `${order} ${graceSeconds}\n`);
  }

  /** Undefined: it was never submitted. */
  async ordered(name: string): Promise<{ order: Order; graceSeconds: number } | undefined> {
    const text = await unlessMissing(readFile(join(this.of(name), 'orders'), 'latin1'));
    const [order, grace] = (text ?? '').split(/\s/);
    const known = ORDERS.find((one) => one === order);
    return known && { order: known, graceSeconds: Number(grace) };
  }

  async remove(name: string): Promise<void> {
    await rm(this.of(name), { recursive: true, force: true, maxRetries: 3 });
  }

  async names(): Promise<string[]> {
    return (await unlessMissing(readdir(this.#base))) ?? [];
  }
}

function parseClaim(text: string): Claim | undefined {
  const [first = '', second = ''] = text.split('\n');
  const [head = '', restarts = '', startedAt = '', node = ''] = first.split(' ');
  if (head === 'broker') return { by: 'broker', why: NEVER.find((why) => why === restarts) ?? 'never' };
  const [, why, code, at] = /^(exit|cancel|walltime|ended) (\d+) (\d+)$/.exec(second) ?? [];
  return {
    by: 'attempt',
    slurmId: head,
    restarts: Number(restarts),
    startedAt: secondsOf(startedAt),
    node,
    end: why === undefined ? undefined : { why: why as 'exit', code: Number(code), at: secondsOf(at ?? '') },
  };
}

const secondsOf = (text: string): Date => new Date(Number(text) * 1_000);

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
