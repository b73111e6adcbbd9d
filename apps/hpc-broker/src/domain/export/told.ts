import type { JobSpec } from '@groundwork/contracts';

/**
 * For each field of a job what somebody has to know who takes it elsewhere: nothing where the target has been told
 * it. That there is an entry for each is what keeps one from being left out in silence.
 */
export type Told = { readonly [F in keyof Required<JobSpec>]: (spec: JobSpec) => readonly string[] };

export const expressed = (): readonly string[] => [];

export function notesOf(told: Told, spec: JobSpec): string[] {
  return Object.values(told).flatMap((of) => of(spec));
}

/** Of a field that is only said where somebody has set it. */
export function when<T>(value: T | undefined, note: (value: T) => string): readonly string[] {
  return value === undefined ? [] : [note(value)];
}

/** One line of a comment, whatever is in the text: of what ends a line, or is nothing to be read, the number. */
export const oneLine = (text: string): string =>
  text
    .replaceAll('\n', String.raw`\n`)
    .replaceAll(
      /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\ufeff\ufffe\uffff]/gu,
      (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );

/** `# - …`, at most about a hundred characters wide. */
export function commented(text: string, bullet = '- '): string[] {
  const lines: string[] = [];
  for (const word of oneLine(text).split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < 98) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? `# ${bullet}${word}` : `# ${' '.repeat(bullet.length)}${word}`);
  }
  return lines;
}
