import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { TransferError, type Made } from '../../ports/staging.ts';
import { notRead } from './file-errors.ts';

/**
 * A file, or a directory and all that is in it, directories before what they have in them. Links are
 * followed; where `within` is given, no link may lead out of that. Rejects with TransferError.
 *
 * Only files and directories: reading a pipe or a device could take for ever.
 */
export async function* walk(root: string, within?: string): AsyncGenerator<Made, void, undefined> {
  const bounds = within === undefined ? undefined : await realpath(within).catch(notRead(within));
  yield* below(root, '', { root, bounds, above: [] });
}

interface Way {
  root: string;
  bounds: string | undefined;
  /** Directories on the way here, links resolved. */
  above: readonly string[];
}

async function* below(path: string, relative: string, way: Way): AsyncGenerator<Made, void, undefined> {
  const file = await realpath(path).catch(notRead(path));
  if (way.bounds !== undefined && file !== way.bounds && !file.startsWith(`${way.bounds}${sep}`)) {
    throw new TransferError('unfit', `${path} is a link that leads out of the working directory, to ${file}`);
  }
  const found = await stat(file).catch(notRead(path));
  if (found.isFile()) {
    yield { path: relative, isDirectory: false, file };
  } else if (found.isDirectory()) {
    if (way.above.includes(file)) {
      throw new TransferError('unfit', `${path} is a link that leads back to a directory above it`);
    }
    yield { path: relative, isDirectory: true, file };
    const names = await readdir(file).catch(notRead(path));
    for (const name of names.toSorted()) {
      const next = relative === '' ? name : `${relative}/${name}`;
      yield* below(join(path, name), next, { ...way, above: [...way.above, file] });
    }
  } else {
    throw new TransferError('unfit', `${path} is neither a file nor a directory`);
  }
}
