import { num, spanText, type Span } from '../span.ts';

/**
 * Time over a line: t = bytes·8 / (line·utilisation), with as many tasks as fill it; low is at the best
 * utilisation. Files are not counted: many small ones take longer.
 */
export function overLine(
  bytes: number,
  bitsPerSecond: number,
  { low, likely, high }: Span,
): { seconds: Span; formula: string } {
  const at = (utilisation: number): number => (bytes * 8) / (bitsPerSecond * utilisation);
  const seconds = { low: at(high), likely: at(likely), high: at(low) };
  return {
    seconds,
    formula: `${num(bytes)} B × 8 / (${num(bitsPerSecond / 1e6)} Mbps × ${num(high)} / ${num(likely)} / ${num(low)}) = ${spanText(seconds)} s`,
  };
}
