import type { InstanceTable, InstanceType } from '../domain/catalogue/instance-table.ts';
import { isCuratedBy } from './curated.ts';

/** Why a table that was read anew is not to be taken; undefined: it may be. */
export function incompleteness(
  before: InstanceTable,
  after: InstanceTable,
  patterns: readonly string[],
): string | undefined {
  if (!after.types.some(({ usdPerHour }) => usdPerHour !== undefined)) return 'no type has a price';
  const has = new Map(after.types.map((one) => [one.type, one]));
  // What is not sold in the region may be missing from it; what was sold yesterday may not.
  const sold = before.types.filter(({ usdPerHour }) => usdPerHour !== undefined);
  for (const pattern of patterns) {
    const known = sold.filter(({ type }) => isCuratedBy(pattern, type));
    if (known.length > 0 && !known.some(({ type }) => has.has(type))) {
      return `EC2 tells nothing of ${pattern}, of which the table has ${known.length}: if it is gone, take it out of curated.txt`;
    }
  }
  const unpriced = sold.filter(({ type }) => has.has(type) && has.get(type)?.usdPerHour === undefined);
  if (unpriced.length > 0) {
    return `the price list has no price of ${unpriced.map(({ type }) => type).join(', ')} any more`;
  }
  return undefined;
}

/** What has changed, for people: added, gone, and every other price. */
export function differenceText(before: InstanceTable, after: InstanceTable): string {
  const [old, now] = [byType(before), byType(after)];
  const added = after.types.filter(({ type }) => !old.has(type)).map(({ type }) => type);
  const gone = before.types.filter(({ type }) => !now.has(type)).map(({ type }) => type);
  const prices = after.types.flatMap(({ type, usdPerHour }) => {
    const was = old.get(type);
    return was === undefined || was.usdPerHour === usdPerHour
      ? []
      : [`${type} ${change(was.usdPerHour, usdPerHour)}`];
  });
  const lines = [
    `${after.types.length} types; before there were ${before.types.length}`,
    listed('added', added),
    listed('gone', gone),
    listed('price changed', prices),
  ];
  return `${lines.join('\n')}\n`;
}

function byType({ types }: InstanceTable): Map<string, InstanceType> {
  return new Map(types.map((one) => [one.type, one]));
}

function change(was: number | undefined, is: number | undefined): string {
  if (was === undefined || is === undefined) return `${was ?? 'none'} → ${is ?? 'none'} USD`;
  const percent = ((is - was) / was) * 100;
  return `${was} → ${is} USD (${percent > 0 ? '+' : ''}${percent.toFixed(1)} %)`;
}

function listed(what: string, names: readonly string[]): string {
  return `${what}: ${names.length === 0 ? 'none' : names.join(', ')}`;
}
