import type { ElementsExplained, JobState } from '@groundwork/contracts';

/** Why some elements are where they are. Sentences have no subject: whoever shows them says of how many they are. */
export type Finding = ElementsExplained;

/** One cause of it, and what would end that. */
export interface Because {
  because: string;
  next?: string | undefined;
}

export function finding(
  of: { state: JobState; count: number; example: number },
  causes: readonly Because[],
): Finding {
  const { state, count, example } = of;
  const because = causes.map((one) => one.because);
  const next = causes.flatMap((one) => one.next ?? []).join(', and ');
  return { state, count, example, because, next: next === '' ? null : next };
}

/** To the second: nobody plans by less. */
export function instant(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, 'Z');
}

export const secondsBetween = (from: Date, to: Date): number => (to.getTime() - from.getTime()) / 1_000;
