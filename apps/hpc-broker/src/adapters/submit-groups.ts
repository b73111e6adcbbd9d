import type { Placement, Receipt } from '../ports/engine.ts';
import { groupsOf, type Group } from './array-groups.ts';

export interface SubmitGroupsParts {
  /** Undefined: the engine is to be asked. */
  begin: (placement: Placement) => Promise<Receipt | undefined>;
  /** Rejects when nobody knows whether the engine has taken them. */
  handOver: (group: Group) => Promise<Receipt>;
  /** Groups at the same time. */
  atOnce: number;
}

/**
 * Asks an engine for what it is to be asked for, as few times as possible. Where one answer got lost it rejects, once
 * all others are there: what has been taken is known to be so when it is submitted again.
 */
export async function submitGroups(
  placements: readonly Placement[],
  { begin, handOver, atOnce }: SubmitGroupsParts,
): Promise<Receipt[]> {
  const receipts = new Map<string, Receipt>();
  const begun = new Map<string, Placement>();
  for (const placement of placements) {
    const { name } = placement;
    if (receipts.has(name) || begun.has(name)) continue;
    const receipt = await begin(placement);
    if (receipt === undefined) begun.set(name, placement);
    else receipts.set(name, receipt);
  }
  const groups = groupsOf([...begun.values()]);
  const failures: unknown[] = [];
  for (let at = 0; at < groups.length; at += atOnce) {
    await Promise.all(
      groups.slice(at, at + atOnce).map(async (group) => {
        const receipt = await handOver(group).catch((error: unknown) => void failures.push(error));
        for (const one of group) if (receipt !== undefined) receipts.set(one.name, receipt);
      }),
    );
  }
  if (failures.length > 0) throw failures[0];
  return placements.map((one) => receipts.get(one.name)!);
}
