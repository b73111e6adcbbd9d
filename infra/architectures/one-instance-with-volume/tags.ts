import type { Tag } from '@aws-sdk/client-ec2';

/** What is written on volumes and snapshots: all that the function remembers. */
export const VOLUME = 'groundwork:volume';
export const GENERATION = 'groundwork:generation';
/** Of a volume: one for each instance that it was to be given to. None is ever written over, or taken away. */
export const HELD_BY = 'groundwork:held-by:';
/** Of a volume: the one before it, @ and a stamp of that one's holders. */
export const FOLLOWS = 'groundwork:follows';
/** Of a snapshot of a volume that nobody had: a stamp of those who had had it. */
export const AFTER = 'groundwork:after';
/** Of a snapshot: it is the function's own. Tools for backups copy tags of the volume, which does not have this one. */
export const MADE_BY = 'groundwork:made-by';
export const MAKER = 'one-instance-with-volume';
/** Of a volume whose holder has left without a word: since when it is waited for, and taken. */
export const WAITED = 'groundwork:waited-since';
export const TAKEN = 'groundwork:taken-since';
/** Of an instance that leaves: it has unmounted. data-volume.sh says so. */
export const LET_GO = 'groundwork:let-go';

export const valueOf = (tags: readonly Tag[], key: string): string | undefined =>
  tags.find(({ Key }) => Key === key)?.Value;

export function timeIn(tags: readonly Tag[], key: string): Date | undefined {
  const value = valueOf(tags, key);
  return value === undefined ? undefined : new Date(value);
}

export const tagsOf = (values: Record<string, string | number>): Tag[] =>
  Object.entries(values).map(([Key, value]) => ({ Key, Value: String(value) }));
