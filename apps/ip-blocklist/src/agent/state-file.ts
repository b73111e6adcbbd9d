import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readList, type TakenList } from './list.ts';

export interface StateFile {
  /** Undefined when there is none yet. Rejects when it cannot be read or is not whole. */
  load(): Promise<TakenList | undefined>;
  save(list: TakenList): Promise<void>;
}

/** The last list in a file, which is always a whole one: written beside it, on disk, then renamed. */
export function createStateFile(path: string): StateFile {
  return {
    async load() {
      const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      return text === undefined ? undefined : readList(text);
    },
    async save({ text }) {
      await mkdir(dirname(path), { recursive: true });
      const file = await open(`${path}.new`, 'w', 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(`${path}.new`, path);
    },
  };
}
