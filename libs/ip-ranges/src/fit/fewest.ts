import type { Plan } from './plan.ts';
import { partsOf } from './trie.ts';

/** How many prefixes it takes to cover every leaf, whatever the collateral. */
export function fewestPrefixes({ trie, allowed, reached, widest }: Plan): number {
  const fewest = new Float64Array(trie.count);
  for (let node = 0; node < trie.count; node += 1) {
    if (reached[node] === 0) continue;
    if (trie.block[node] === 1) fewest[node] = partsOf(trie, node, widest);
    else if (allowed[node] === 1) fewest[node] = 1;
    else fewest[node] = fewest[trie.left[node]!]! + fewest[trie.right[node]!]!;
  }
  return fewest.at(-1) ?? 0;
}
