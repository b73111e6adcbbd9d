import type { Line } from './cost-of.ts';
import type { PriceList } from './price-list.ts';

const money = (usd: number): string => usd.toFixed(2);
const sumOf = (lines: readonly Line[]): number => lines.reduce((sum, { usd }) => sum + usd, 0);

/** Of one stage: what costs anything, and all of it. */
export function tableOf(stage: string, lines: readonly Line[], { date }: PriceList): string {
  return markdown([
    [`${stage}, idle, us-east-1, list prices of ${date}`, 'number', 'USD a month'],
    ...lines.map(({ stack, what, count, usd }) => [`${stack}: ${what}`, String(count), money(usd)]),
    ['all of it', '', money(sumOf(lines))],
  ]);
}

/** Of architectures, each a stack or two by itself: what it costs, and what of that is what. */
export function tableOfExamples(
  stacks: readonly string[],
  lines: readonly Line[],
  { date }: PriceList,
): string {
  return markdown([
    [`architectures by themselves, idle, us-east-1, list prices of ${date}`, 'of which', 'USD a month'],
    ...stacks.map((stack) => {
      const own = lines.filter((line) => line.stack === stack);
      const parts = own.map(({ what, count, usd }) => `${count > 1 ? `${count} ` : ''}${what} ${money(usd)}`);
      return [stack, parts.join(', '), money(sumOf(own))];
    }),
  ]);
}

/** For a terminal, and for Markdown. */
function markdown(rows: readonly string[][]): string {
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const isNumber = (column: number): boolean => rows.slice(1).every((row) => /^[\d.]*$/.test(row[column]!));
  const padded = (cell: string, column: number): string =>
    isNumber(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!);
  const line = (row: readonly string[]): string => `| ${row.map(padded).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (isNumber(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), rule, ...body.map(line), ''].join('\n');
}
