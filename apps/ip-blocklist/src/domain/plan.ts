import { createHash } from 'node:crypto';
import { emptySet, subtract, union, type RangeSet } from '@groundwork/ip-ranges';
import { changesBetween, networksOf, setOf, type Coverage } from './networks.ts';
import type { Changes, TargetVersion } from '../ports/ledger.ts';

/** What would change at a target. The hash stands for both ends: what is held now, and what will be. */
export interface Plan {
  hash: string;
  changes: Changes;
}

export function planBetween(held: Coverage, destination: Coverage): Plan {
  const changes = {
    block: changesBetween(held.block, destination.block),
    allow: changesBetween(held.allow, destination.allow),
  };
  const hash = digestOf([held.block, held.allow, destination.block, destination.allow].map(textOf));
  return { hash, changes };
}

export function isNothing({ block, allow }: Changes): boolean {
  return [block, allow].every(({ added, removed }) => added.length + removed.length === 0);
}

/** What was held before changes, given newest first. Of each address only the oldest of them counts. */
export function before(held: Coverage, changes: readonly TargetVersion[]): Coverage {
  const undo = (set: RangeSet, action: keyof Changes): RangeSet => {
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
  return { block: undo(held.block, 'block'), allow: undo(held.allow, 'allow') };
}

export function digestOf(texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length}\n${text}`);
  return hash.digest('hex').slice(0, 32);
}

/** The same for the same networks, whatever their order. */
export function digestOfNetworks(networks: readonly string[]): string {
  return digestOf(networks.toSorted());
}

function textOf(set: RangeSet): string {
  return networksOf(set).join('\n');
}
