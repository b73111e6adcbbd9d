import type { Tag } from '@aws-sdk/client-ec2';

/** What is written on volumes and snapshots: all that the function remembers. */
export const VOLUME = 'groundwork:volume';
export const GENERATION = 'groundwork:generation';
/** Of a volume: the instance that it was given to last. */
export const HOLDER = 'groundwork:holder';
/** Of a snapshot of a volume that nobody had: who had it before. */
export const AFTER = 'groundwork:after';
/** Of a volume that an instance outside the group has: since when it has been asked for, and taken. */
export const ASKED = 'groundwork:asked-since';
export const FORCED = 'groundwork:forced-since';

export const valueOf = (tags: readonly Tag[], key: string): string | undefined =>
  tags.find(({ Key }) => Key === key)?.Value;

export function timeIn(tags: readonly Tag[], key: string): Date | undefined {
  const value = valueOf(tags, key);
  return value === undefined ? undefined : new Date(value);
}

export const tagsOf = (values: Record<string, string | number>): Tag[] =>
  Object.entries(values).map(([Key, value]) => ({ Key, Value: String(value) }));
