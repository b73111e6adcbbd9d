import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { open, rm } from 'node:fs/promises';

/** False: there is one already. */
export function made(dir: string): boolean {
  try {
    mkdirSync(dir);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** False: it was not there. */
export function moved(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** What there is after an ordinary end, one by one: a tenth of what looking for it would cost. */
export function removeUsual(dir: string): void {
  try {
    for (const file of ['claim', 'stdout', 'stderr']) unlinkSync(`${dir}/${file}`);
    rmdirSync(dir);
  } catch {
    removeTree(dir);
  }
}

export function removeEmpty(dir: string): boolean {
  try {
    rmdirSync(dir);
    return true;
  } catch {
    return false;
  }
}

/** Aside, as it may take minutes. What is left of it when this process ends goes when the next one starts. */
export function removeTree(dir: string): void {
  rm(dir, { recursive: true, force: true }).catch(() => {});
}

/** False: there is one already, which stays as it is. */
export function writeNew(path: string, text: string): boolean {
  let file: number;
  try {
    file = openSync(path, 'wx', 0o644);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  try {
    writeSync(file, text);
    return true;
  } catch (error) {
    // A full disk: an empty file would say something else.
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

export function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** What was made in it, or renamed, is there after a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  const dir = await open(path, 'r');
  try {
    await dir.sync();
  } finally {
    await dir.close();
  }
}
