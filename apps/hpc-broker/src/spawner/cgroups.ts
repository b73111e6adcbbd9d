import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One mounted hierarchy, and the directory below which the groups of our attempts are. */
export interface Hierarchy {
  version: 1 | 2;
  controllers: ReadonlySet<string>;
  dir: string;
}

export interface Limits {
  memoryMiB?: number | undefined;
  processes?: number | undefined;
}

/** Files that set a limit (cgroup-v2.rst; cgroup-v1/memory.rst, pids.rst). The second of memory keeps swap from being the way out. */
const MEMORY = {
  1: ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes'],
  2: ['memory.max', 'memory.swap.max'],
} as const;
const PIDS = 'pids.max';

/**
 * Groups of processes that no process leaves by setsid. One hierarchy is enough to kill (version 2 has
 * `cgroup.kill` for it and is preferred), and the others are joined where they hold a limit that was asked for.
 */
export class Cgroups {
  readonly #hierarchies: readonly Hierarchy[];
  readonly #killing: Hierarchy | undefined;

  constructor(hierarchies: readonly Hierarchy[]) {
    this.#hierarchies = hierarchies;
    this.#killing = hierarchies.find(({ version }) => version === 2) ?? hierarchies[0];
  }

  has(controller: string): boolean {
    return this.#hierarchies.some(({ controllers }) => controllers.has(controller));
  }

  get canKill(): boolean {
    return this.#killing !== undefined;
  }

  /** Removes the groups that nobody is in: a spawner may have been killed before it did so. */
  tidy(): void {
    for (const { dir } of this.#hierarchies) {
      for (const entry of readdirSync(dir, { withFileTypes: true })) {
        if (entry.isDirectory()) removeGroup(join(dir, entry.name));
      }
    }
  }

  /** Leaves nothing behind, unless somebody is still in it. */
  close(): void {
    this.tidy();
    for (const { dir } of this.#hierarchies) removeGroup(dir);
  }

  /** Makes the groups of an attempt; the directories, the one to kill by first. Throws when it cannot. */
  open(name: string, { memoryMiB, processes }: Limits): string[] {
    const made: string[] = [];
    try {
      for (const hierarchy of this.#hierarchies) {
        const memory = memoryMiB !== undefined && hierarchy.controllers.has('memory');
        const pids = processes !== undefined && hierarchy.controllers.has('pids');
        if (hierarchy !== this.#killing && !memory && !pids) continue;
        const dir = join(hierarchy.dir, name);
        mkdirSync(dir);
        if (hierarchy === this.#killing) made.unshift(dir);
        else made.push(dir);
        if (memory) limitMemory(dir, hierarchy.version, memoryMiB);
        if (pids) writeFileSync(join(dir, PIDS), String(processes));
      }
      return made;
    } catch (error) {
      for (const dir of made) removeGroup(dir);
      throw error;
    }
  }
}

function limitMemory(dir: string, version: 1 | 2, memoryMiB: number): void {
  const [limit, swap] = MEMORY[version];
  const bytes = memoryMiB * 1024 ** 2;
  writeFileSync(join(dir, limit), String(bytes));
  try {
    writeFileSync(join(dir, swap), String(version === 1 ? bytes : 0));
  } catch {
    // A kernel that does not account swap (CONFIG_MEMCG_SWAP) has no such file.
  }
}

/** Whether the kernel has killed something in it for want of memory (since Linux 4.13). */
export function ranOutOfMemory(groups: readonly string[]): boolean {
  return groups.some((dir) =>
    ['memory.events', 'memory.oom_control'].some((file) => /^oom_kill [1-9]/m.test(read(join(dir, file)))),
  );
}

/** The processes in it; none when it is gone. */
export function membersOf(dir: string): number[] {
  return read(join(dir, 'cgroup.procs'))
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [Number(line)]));
}

/** SIGKILL to all that are in it. Version 1 has to be asked again until nobody is left, as they may fork meanwhile. */
export function killGroup(dir: string): void {
  try {
    writeFileSync(join(dir, 'cgroup.kill'), '1', { flag: 'r+' });
    return;
  } catch {
    // Version 1, or a kernel before 5.14.
  }
  for (const pid of membersOf(dir)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

/** False: somebody is still in it, or not reaped yet. */
export function removeGroup(dir: string): boolean {
  try {
    rmdirSync(dir);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
