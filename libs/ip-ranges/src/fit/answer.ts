import { bitsOf, copy, fillHostBits, addPowerOfTwo, wordsOf, type Family } from '../address/words.ts';
import { PrefixList } from '../set/prefixes.ts';
import type { Fitted } from './fit.ts';
import type { Choice, Plan } from './plan.ts';
import { collateralOf, partsOf } from './trie.ts';

/** Up to here doubles are exact. */
const EXACT = 2 ** 53;

export const emptyAnswer = (family: Family): Fitted => ({
  feasible: true,
  prefixes: new PrefixList(family).done(),
  collateral: 0n,
  uncovered: 0,
  optimal: true,
});

/** Spells a choice out, and counts again what it costs, in exact numbers. */
export function toAnswer(plan: Plan, { nodes, parts }: Choice): Fitted {
  const { trie, leaves, widest } = plan;
  const { family, address } = leaves.prefixes;
  const width = wordsOf(family);
  const list = new PrefixList(family, nodes.length);
  const next = new Uint32Array(width);
  const covered = new Uint8Array(leaves.prefixes.count);
  let collateral = 0n;
  let exact = true;
  let partly = 0;
  const emit = (node: number, count: number): void => {
    copy(address, trie.from[node]!, next, 0, width);
    const length = Math.max(trie.length[node]!, widest);
    fillHostBits(next, 0, width, length, 0);
    for (let i = 0; i < count; i += 1) {
      list.add(next, 0, length);
      addPowerOfTwo(next, 0, width, bitsOf(family) - length);
    }
    covered.fill(1, trie.from[node], trie.to[node]);
  };
  const steps = [...nodes.map((node) => ({ node, count: 1 })), ...parts].toSorted(
    (a, b) => trie.from[a.node]! - trie.from[b.node]!,
  );
  for (const { node, count } of steps) {
    emit(node, count);
    if (trie.block[node] === 1) {
      const of = partsOf(trie, node, widest);
      partly += trie.weight[node]! * ((of - count) / of);
    } else {
      collateral += unlisted(plan, node);
      exact &&= collateralOf(trie, node) < EXACT;
    }
  }
  let uncovered = leaves.lost + partly;
  for (const [leaf, weight] of leaves.weights.entries()) if (covered[leaf] === 0) uncovered += weight;
  return { feasible: true, prefixes: list.done(), collateral, uncovered, optimal: exact };
}

function unlisted({ trie, leaves }: Plan, node: number): bigint {
  const { family, length } = leaves.prefixes;
  let sum = 1n << BigInt(bitsOf(family) - trie.length[node]!);
  for (let leaf = trie.from[node]!; leaf < trie.to[node]!; leaf += 1) {
    sum -= 1n << BigInt(bitsOf(family) - length[leaf]!);
  }
  return sum;
}
