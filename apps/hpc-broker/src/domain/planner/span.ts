import type { Estimate, PlanSource } from '@groundwork/contracts';

/** A number that is not known exactly: low <= likely <= high. */
export interface Span {
  low: number;
  likely: number;
  high: number;
}

export const exactly = (value: number): Span => ({ low: value, likely: value, high: value });
export const NOTHING = exactly(0);

/** What rises with both of them. */
export function combine(a: Span, b: Span, f: (a: number, b: number) => number): Span {
  return { low: f(a.low, b.low), likely: f(a.likely, b.likely), high: f(a.high, b.high) };
}

export const add = (a: Span, b: Span): Span => combine(a, b, (x, y) => x + y);
export const times = (a: Span, b: Span | number): Span =>
  combine(a, typeof b === 'number' ? exactly(b) : b, (x, y) => x * y);

/**
 * An estimate whose formula is put into words only when it is shown: of hundreds that are reckoned a few
 * are, and words take longer than numbers.
 */
export interface Reckoned {
  span: Span;
  formula: () => string;
  sources: readonly PlanSource[];
}

export function spelled({ span, formula, sources }: Reckoned, unit: Estimate['unit']): Estimate {
  const { low, likely, high } = span;
  return { low, likely, high, unit, formula: formula(), sources: distinct(sources) };
}

function distinct(sources: readonly PlanSource[]): PlanSource[] {
  return sources.filter(({ what }, i) => sources.findIndex((other) => other.what === what) === i);
}

export const sourceOf = ({ source, date }: { source: string; date: string }): PlanSource => ({
  what: source,
  date,
});

/** For people: four digits that count, and thousands apart. By hand, as Intl takes a hundred times as long. */
export function num(value: number): string {
  const rounded = Math.abs(value) >= 10_000 ? Math.round(value) : Number(value.toPrecision(4));
  return grouped(String(rounded));
}

function grouped(digits: string): string {
  const [whole = '', rest] = digits.split('.');
  const apart = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return rest === undefined ? apart : `${apart}.${rest}`;
}

/** low to high, or the one number where they are the same. */
export function spanText({ low, likely, high }: Span): string {
  return low === high ? num(low) : `${num(low)} / ${num(likely)} / ${num(high)}`;
}

export const plural = (count: number, one: string): string => `${num(count)} ${one}${count === 1 ? '' : 's'}`;

export function duration(seconds: number): string {
  if (seconds < 120) return `${num(seconds)} s`;
  if (seconds < 7_200) return `${num(Math.round(seconds / 6) / 10)} min`;
  if (seconds < 172_800) return `${num(Math.round(seconds / 360) / 10)} h`;
  return `${num(Math.round(seconds / 8_640) / 10)} days`;
}

export function usd(value: number): string {
  const isSmall = value > 0 && value < 0.01;
  return `${isSmall ? Number(value.toPrecision(2)) : grouped(value.toFixed(2))} USD`;
}
