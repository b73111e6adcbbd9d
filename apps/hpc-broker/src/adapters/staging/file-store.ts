import { mkdir, open, readdir, stat } from 'node:fs/promises';
import type { Store, Transfer } from '../../ports/staging.ts';
import { notRead, notWritten } from './file-errors.ts';
import { walk } from './walk.ts';
import { writeWhole } from './whole-file.ts';

/** Paths of this machine, as far as the user of the broker, who is also that of its jobs, may read and write. */
export function createFileStore(): Store {
  return {
    async *list(place) {
      for await (const { path, isDirectory, file } of walk(place)) {
        yield {
          path,
          isDirectory,
          copyTo: (target, transfer) => copy(file, target, transfer, { isDurable: false }),
        };
      }
    },
    put: (file, place, transfer) => copy(file, place, transfer, { isDurable: true }),
  };
}

/** With its permissions: what could be executed still can. */
async function copy(
  from: string,
  to: string,
  transfer: Transfer,
  { isDurable }: { isDurable: boolean },
): Promise<void> {
  const file = await open(from, 'r').catch(notRead(from));
  try {
    const { size, mode } = await file.stat();
    const body = file.createReadStream({ autoClose: false });
    await writeWhole(to, { body, bytes: size, mode: mode & 0o777, isDurable }, transfer);
  } finally {
    await file.close();
  }
}

export const makeDirectory = async (path: string): Promise<void> => {
  await mkdir(path, { recursive: true }).catch(notWritten(path));
};

export const isDirectory = async (path: string): Promise<boolean> => {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
};

/** Or not there. */
export const isEmpty = async (path: string): Promise<boolean> => {
  const names = await readdir(path).catch(() => []);
  return names.length === 0;
};
