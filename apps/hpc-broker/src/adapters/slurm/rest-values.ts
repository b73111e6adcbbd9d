/** Versions of slurmrestd differ in how they spell a value; these read all of them. */

/** 5, or since v0.0.39 { set: true, infinite: false, number: 5 }. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const { set, infinite, number } = value as { set?: unknown; infinite?: unknown; number?: unknown };
  return set === true && infinite !== true && typeof number === 'number' ? number : undefined;
}

/** 'RUNNING', or since v0.0.40 ['RUNNING', …]. */
export function wordsOf(value: unknown): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  return Array.isArray(value) ? value.filter((word) => typeof word === 'string') : [];
}

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Seconds since the epoch; 0: not yet. */
export function dateOf(value: unknown): Date | undefined {
  const seconds = numberOf(value) ?? 0;
  return seconds > 0 ? new Date(seconds * 1_000) : undefined;
}

export const arrayOf = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? (value as Record<string, unknown>[]) : [];

/** 0-3,7,9-11 of an array whose tasks are `size`; slurmctld breaks long lists off with "...". */
export function tasksOf(text: string, size: number): number[] {
  const tasks = text.split(',').flatMap((part) => {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?/.exec(part.trim()) ?? [];
    if (first === undefined) return [];
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, at) => Number(first) + at);
  });
  if (!text.includes('...')) return tasks;
  const next = (tasks.at(-1) ?? -1) + 1;
  return [...tasks, ...Array.from({ length: Math.max(0, size - next) }, (_, at) => next + at)];
}
