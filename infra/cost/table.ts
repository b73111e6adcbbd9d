import type { Line } from './cost-of.ts';
import type { PriceList } from './price-list.ts';

/** For a terminal, and for Markdown. */
export function tableOf(stage: string, lines: readonly Line[], { date }: PriceList): string {
  const total = lines.reduce((sum, { usd }) => sum + usd, 0);
  const money = (usd: number): string => usd.toFixed(2);
  const rows = [
    [`${stage}, idle, us-east-1, list prices of ${date}`, 'number', 'USD a month'],
    ...lines.map(({ stack, what, count, usd }) => [`${stack}: ${what}`, String(count), money(usd)]),
    ['all of it', '', money(total)],
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = ([what = '', count = '', usd = '']: string[]): string =>
    `| ${what.padEnd(widths[0]!)} | ${count.padStart(widths[1]!)} | ${usd.padStart(widths[2]!)} |`;
  const rule = `| ${'-'.repeat(widths[0]!)} | ${'-'.repeat(widths[1]! - 1)}: | ${'-'.repeat(widths[2]! - 1)}: |`;
  const [head = [], ...body] = rows;
  return [line(head), rule, ...body.map(line), ''].join('\n');
}
