import { bitsOf } from '../address/words.ts';
import { prefixTexts } from '../address/format.ts';
import { intersect } from '../set/combine.ts';
import type { Entries } from '../set/entries.ts';
import { merge } from '../set/merge.ts';
import { toPrefixes, type Prefixes } from '../set/prefixes.ts';
import { emptyRanges, type Ranges } from '../set/ranges.ts';
import { emptyAnswer, toAnswer } from './answer.ts';
import { fewestPrefixes } from './fewest.ts';
import { toLeaves } from './leaves.ts';
import { chooseWithin } from './pareto.ts';
import { toPlan, type Limits } from './plan.ts';
import { choose, fillTables } from './tables.ts';
import { collateralOf, unitOf } from './trie.ts';

export interface FitOptions {
  /**
   * `all`: every listed address is covered, with the least collateral (FILTER-ALL).
   * `some`: the weight that is left uncovered is least (FILTER-SOME).
   */
  mode: 'all' | 'some';
  /** Most prefixes: 10,000 for a WAF IP set, 18 for what is left of a network ACL. */
  capacity: number;
  /** Most unlisted addresses that may be covered. Default: any number for `all`, none for `some`. */
  maxCollateral?: bigint | undefined;
  /** For `some`: what covering one unlisted address costs, in weight. Default 0, or with it `maxCollateral` is any number. */
  collateralWeight?: number | undefined;
  /** No chosen prefix is shorter than this: 1 for AWS WAF, which refuses /0. Default 0. */
  widestPrefix?: number | undefined;
  /** Never covered, at any price. Of the same family as the list. */
  protected?: Ranges | undefined;
}

export interface Fitted {
  feasible: true;
  /** Disjoint, ascending. */
  prefixes: Prefixes;
  /** Unlisted addresses that they cover. */
  collateral: bigint;
  /** Weight of what they leave uncovered. */
  uncovered: number;
  /** False only when numbers above 2^53 had to be compared, which IPv6 can lead to. */
  optimal: boolean;
}

export type Infeasible = { feasible: false; message: string } & (
  | { reason: 'capacity'; leastCapacity: number }
  | { reason: 'collateral'; leastCollateral: bigint }
  | { reason: 'protected'; conflicts: Prefixes }
  | { reason: 'too-large' }
);

/** The best prefixes for the listed addresses, within the limits. Exact, not greedy. */
export function fit(listed: Entries, options: FitOptions): Fitted | Infeasible {
  const { mode, capacity, widestPrefix = 0 } = options;
  if (!Number.isSafeInteger(capacity) || capacity < 0) {
    throw new RangeError(`capacity must be a whole number from 0 up, not ${capacity}`);
  }
  if (!Number.isInteger(widestPrefix) || widestPrefix < 0 || widestPrefix > bitsOf(listed.family)) {
    throw new RangeError(`widestPrefix must be a prefix length, not ${widestPrefix}`);
  }
  const spared = options.protected ?? emptyRanges(listed.family);
  const limits = { capacity, widest: widestPrefix, spared };
  if (listed.count === 0) return emptyAnswer(listed.family);
  return mode === 'all' ? fitAll(listed, options, limits) : fitSome(listed, options, limits);
}

function fitAll(listed: Entries, { maxCollateral }: FitOptions, limits: Limits): Fitted | Infeasible {
  const conflicts = toPrefixes(intersect(merge(listed), limits.spared));
  if (conflicts.count > 0) {
    const message = `${prefixTexts(conflicts)[0]} is both listed and protected; subtract what is protected from the list`;
    return { feasible: false, reason: 'protected', message, conflicts };
  }
  const leaves = toLeaves(listed, limits.spared);
  const plan = toPlan(leaves, limits, (trie) => ({
    uncovered: () => Number.POSITIVE_INFINITY,
    chosen: (node) => collateralOf(trie, node),
  }));
  const leastCapacity = fewestPrefixes(plan);
  if (leastCapacity > limits.capacity) {
    const message = `It takes at least ${leastCapacity} prefixes to cover the list within the limits, and there is room for ${limits.capacity}`;
    return { feasible: false, reason: 'capacity', message, leastCapacity };
  }
  const answer = toAnswer(plan, choose(plan, fillTables(plan)));
  if (maxCollateral === undefined || answer.collateral <= maxCollateral) return answer;
  const message = `${limits.capacity} prefixes cover at least ${answer.collateral} unlisted addresses, and ${maxCollateral} may be covered; raise one of the two, or list less`;
  return { feasible: false, reason: 'collateral', message, leastCollateral: answer.collateral };
}

function fitSome(listed: Entries, options: FitOptions, limits: Limits): Fitted | Infeasible {
  const { maxCollateral, collateralWeight } = options;
  const limit = maxCollateral ?? (collateralWeight === undefined ? 0n : undefined);
  const inUnits = (unit: bigint): { most: number; price: number } => ({
    most: limit === undefined ? Number.POSITIVE_INFINITY : Number(limit / unit),
    price: (collateralWeight ?? 0) * Number(unit),
  });
  const plan = toPlan(toLeaves(listed, limits.spared), limits, (trie) => {
    const { most, price } = inUnits(unitOf(trie, listed.family));
    return {
      uncovered: (node) => trie.weight[node]!,
      chosen(node) {
        const collateral = collateralOf(trie, node);
        return collateral > most ? Number.POSITIVE_INFINITY : collateral * price;
      },
    };
  });
  // Each prefix keeps to the limit by itself then; often all of them together do, too.
  const answer = toAnswer(plan, choose(plan, fillTables(plan)));
  if (limit === undefined || answer.collateral <= limit) return answer;
  const { most, price } = inUnits(unitOf(plan.trie, listed.family));
  const choice = chooseWithin(plan, most, price);
  if (choice !== undefined) return toAnswer(plan, choice);
  const message = `The list is too large for the best choice within a limit of ${limit} unlisted addresses; allow none, or give them a price with collateralWeight`;
  return { feasible: false, reason: 'too-large', message };
}
