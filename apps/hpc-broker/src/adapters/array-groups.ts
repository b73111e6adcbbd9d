import type { Placement } from '../ports/engine.ts';

/** Attempts that an engine is asked for at once: one, or elements of an array that follow each other. */
export type Group = readonly [Placement, ...Placement[]];

/** Slurm's MaxArraySize is 1,001 where nobody has changed it, and counts the highest number; AWS Batch has 10,000. */
const LARGEST_ARRAY = 1_000;

/** As few as possible: elements of one array that follow each other become an array of the engine. */
export function groupsOf(placements: readonly Placement[]): Group[] {
  const groups: [Placement, ...Placement[]][] = [];
  for (const placement of placements.toSorted(byElement)) {
    const last = groups.at(-1);
    if (last !== undefined && follows(last, placement)) last.push(placement);
    else groups.push([placement]);
  }
  return groups;
}

/**
 * What the engine knows a group by. Names of elements are told by the first one and the place in the engine's
 * array: of `{job}-{first}x{count}-{attempt}` task 2 is `{job}-{first + 2}-{attempt}`.
 */
export function nameOf(group: Group): string {
  const [{ name, job, element, attempt }] = group;
  return group.length === 1 ? name : `${job}-${element}x${group.length}-${attempt}`;
}

/** The attempt that one of an engine's jobs is. */
export function attemptOf({ name, task }: { name: string; task: number | undefined }): string {
  if (task === undefined) return name;
  return name.replace(
    /-(\d+)x\d+-(\d+)$/,
    (_, first: string, attempt: string) => `-${Number(first) + task}-${attempt}`,
  );
}

/** 1 where the name is that of no array. */
export function sizeOfArray(name: string): number {
  return Number(/-\d+x(\d+)-\d+$/.exec(name)?.[1] ?? 1);
}

function follows(group: Group, next: Placement): boolean {
  const last = group.at(-1)!;
  return (
    next.spec.array !== undefined &&
    next.job === last.job &&
    next.attempt === last.attempt &&
    next.element === last.element + 1 &&
    group.length < LARGEST_ARRAY &&
    [last, next].every(({ name, job, element, attempt }) => name === `${job}-${element}-${attempt}`)
  );
}

const byElement = (a: Placement, b: Placement): number =>
  a.job === b.job ? a.attempt - b.attempt || a.element - b.element : a.job < b.job ? -1 : 1;
