import { hostile, type HostileFile, type Outcome } from './file.ts';

export type Cut = [where: string, length: number];

/** The beginnings of a file. */
export function cut(
  kind: string,
  whole: Buffer,
  cuts: readonly Cut[],
  ...expect: readonly Outcome[]
): HostileFile[] {
  return cuts.map(([where, length]) =>
    hostile(`truncated ${kind}: ${where}`, whole.subarray(0, length), ...expect),
  );
}
