import type { Case, Limit } from './benchmark.ts';
import { median } from './median.ts';
import { table } from './table.ts';

export interface Result {
  input: Case;
  contender: string;
  /** One of each round. */
  cpuMs: number[];
  outputs: { name: string; bytes: number; ssim: number }[];
}

export function report(input: Case, results: readonly Result[]): string {
  const own = results.filter((result) => result.input === input);
  const [base] = own;
  const rows = own.map((result) => {
    const quality = result.outputs.map((output) => output.ssim);
    return [
      result.contender,
      median(result.cpuMs).toFixed(0),
      base === undefined ? '' : (median(result.cpuMs) / median(base.cpuMs)).toFixed(2),
      result.outputs.reduce((sum, { bytes }) => sum + bytes, 0).toString(),
      (quality.reduce((sum, value) => sum + value, 0) / quality.length).toFixed(4),
      Math.min(...quality).toFixed(4),
    ];
  });
  const head = ['', 'CPU-ms', `of ${base?.contender}`, 'bytes', 'SSIM mean', 'SSIM least'];
  return `${input.name}: ${input.about}\n\n${table(head, rows)}`;
}

/** Each limit in its worst case. A contender that was not measured breaks none. */
export function verdicts(
  limits: readonly Limit[],
  results: readonly Result[],
): { lines: string[]; held: boolean } {
  const lines: string[] = [];
  let held = true;
  for (const limit of limits) {
    const { contender, atMost, where } = limit;
    const worst = results
      .filter((result) => result.contender === contender && (limit.covers?.(result.input) ?? true))
      .map((result) => ({ name: result.input.name, ...against(result, results) }))
      .toSorted((a, b) => b.ratio - a.ratio)[0];
    if (worst === undefined) continue;
    // NaN breaks a limit too.
    const broken = !(worst.ratio <= atMost);
    held &&= !broken;
    const most = `at most ${atMost.toFixed(2)}${where === undefined ? '' : ` ${where}`}`;
    lines.push(
      `${worst.first} / ${contender} = ${worst.ratio.toFixed(2)} (${most})${broken ? ' BROKEN' : ''}, worst with ${worst.name}`,
    );
  }
  return { lines, held };
}

function against(other: Result, results: readonly Result[]): { first: string; ratio: number } {
  const first = results.find(({ input }) => input === other.input);
  return {
    first: first?.contender ?? '',
    ratio: median(first?.cpuMs ?? []) / median(other.cpuMs),
  };
}
