import { createHash } from 'node:crypto';
import { emptySet, subtract, union, type RangeSet } from '@groundwork/ip-ranges';
import {
  changesOf,
  countriesOf,
  networksOf,
  setOf,
  without,
  type Changes,
  type Coverage,
} from './networks.ts';
import type { Contents } from '../ports/enforcer.ts';
import type { TargetVersion } from '../ports/ledger.ts';

/** What would change at a target. The hash stands for both ends: what is held now, and what will be. */
export interface Plan {
  hash: string;
  changes: Changes;
}

export function planBetween(held: Coverage, destination: Coverage): Plan {
  const hash = digestOf(
    [held, destination].flatMap(({ block, allow, countries }) => [
      textOf(block),
      textOf(allow),
      countries.join(' '),
    ]),
  );
  return { hash, changes: changesOf(held, destination) };
}

export function isNothing({ block, allow, countries }: Changes): boolean {
  return [block, allow, countries].every(({ added, removed }) => added.length + removed.length === 0);
}

/** What was held before changes, given newest first. Of each address only the oldest of them counts. */
export function before(held: Coverage, changes: readonly TargetVersion[]): Coverage {
  const undo = (set: RangeSet, action: 'block' | 'allow'): RangeSet => {
    let [back, away, known] = [emptySet, emptySet, emptySet];
    for (const version of changes.toReversed()) {
      const { added, removed } = version.changes[action];
      const [came, went] = [setOf(added), setOf(removed)];
      back = union(back, subtract(went, known));
      away = union(away, subtract(came, known));
      known = union(known, union(came, went));
    }
    return union(subtract(set, away), back);
  };
  const countries = changes.reduce(
    (now, { changes: { countries: change } }) => countriesOf(without(now, change.added), change.removed),
    held.countries,
  );
  return { block: undo(held.block, 'block'), allow: undo(held.allow, 'allow'), countries };
}

export function digestOf(texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length}\n${text}`);
  return hash.digest('hex').slice(0, 32);
}

/** The same for the same contents, whatever their order. */
export function digestOfContents({ networks, countries }: Contents): string {
  return digestOf([...networks, ...countries].toSorted());
}

function textOf(set: RangeSet): string {
  return networksOf(set).join('\n');
}
