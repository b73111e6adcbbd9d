import type { Ranges } from '../set/ranges.ts';
import type { Leaves } from './leaves.ts';
import { allowedNodes, buildTrie, reachedNodes, type Trie } from './trie.ts';

/** All that the tables are made from. */
export interface Plan {
  trie: Trie;
  leaves: Leaves;
  /** Bytes that are 1 for nodes that may be chosen as a whole, and for those that matter at all. */
  allowed: Uint8Array;
  reached: Uint8Array;
  widest: number;
  capacity: number;
  /** Cost of a subtree of which nothing is covered. */
  uncovered: (node: number) => number;
  /** Cost of choosing a node that has more addresses than are listed; Infinity forbids it. */
  chosen: (node: number) => number;
}

/** What was chosen: whole nodes, and the first `parts` prefixes of blocks that are too wide for one. */
export interface Choice {
  nodes: number[];
  parts: { node: number; count: number }[];
}

export interface Limits {
  capacity: number;
  widest: number;
  spared: Ranges;
}

export function toPlan(
  leaves: Leaves,
  { capacity, widest, spared }: Limits,
  costs: (trie: Trie) => Pick<Plan, 'uncovered' | 'chosen'>,
): Plan {
  const trie = buildTrie(leaves, widest);
  const allowed = allowedNodes(trie, leaves, widest, spared);
  return { trie, leaves, allowed, reached: reachedNodes(trie), widest, capacity, ...costs(trie) };
}
