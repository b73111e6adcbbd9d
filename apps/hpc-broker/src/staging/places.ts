import { basename, dirname, join } from 'node:path';
import type { Placement } from '../ports/engine.ts';
import { TransferError } from '../ports/staging.ts';

/** Of an array `{index}` in a place is the number of its element. */
export function placesOf<T extends { from: string; to: string }>(
  places: readonly T[],
  { spec, element }: Pick<Placement, 'spec' | 'element'>,
): { from: string; to: string }[] {
  const own = (text: string): string =>
    spec.array === undefined ? text : text.replaceAll('{index}', String(element));
  return places.map(({ from, to }) => ({ from: own(from), to: own(to) }));
}

/** `s3` or `file`: who is to be asked for a place. */
export const kindOf = (place: string): 's3' | 'file' => (place.startsWith('s3://') ? 's3' : 'file');

/** Where in the working directory what is found of an input is to be. Throws TransferError. */
export function targetOf(
  directory: string,
  input: { from: string; to: string },
  { path, isDirectory }: { path: string; isDirectory: boolean },
): string {
  const isItself = path === '' && !isDirectory;
  if (isItself) return join(directory, input.to, input.to.endsWith('/') ? basename(input.from) : '');
  // Keys in S3 may have any words between their slashes; as paths some of them would lead elsewhere.
  const words = path.split('/');
  if (path !== '' && words.some((word) => word === '' || word === '.' || word === '..')) {
    throw new TransferError('unfit', `${input.from} has ${JSON.stringify(path)} in it, which is no path`);
  }
  return join(directory, input.to, path);
}

/** Where what is found of an output is to be stored: a directory under its own names, a file as is said. */
export function destinationOf(output: { from: string; to: string }, path: string): string {
  const { from, to } = output;
  if (path !== '') return `${to.replace(/\/$/, '')}/${path}`;
  return to.endsWith('/') ? `${to}${basename(from)}` : to;
}

/**
 * Where it is remembered what is being stored of an attempt: beside its working directory, for nothing in
 * that is the broker's own. Undefined: there is nothing beside it.
 */
export function journalsOf({ name }: Pick<Placement, 'name'>, directory: string): string | undefined {
  const above = dirname(directory);
  return above === directory ? undefined : join(above, `.groundwork-${name}`);
}
