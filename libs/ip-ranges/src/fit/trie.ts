import { bitsOf, commonBits, copy, fillHostBits, wordsOf, type Family } from '../address/words.ts';
import type { PrefixList } from '../set/prefixes.ts';
import { touches, type Ranges } from '../set/ranges.ts';
import type { Leaves } from './leaves.ts';

/**
 * The compressed trie of the leaves: every inner node is the longest prefix that its
 * leaves have in common. Only such prefixes can be in an optimum: a wider one around
 * the same leaves only adds collateral. Children have lower numbers than their parent,
 * the root has the highest.
 */
export interface Trie {
  readonly count: number;
  /** -1 for leaves. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly length: Uint8Array;
  /** Leaves `from` up to and without `to`. */
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  readonly weight: Float64Array;
  /** Listed addresses, in units of the smallest leaf. */
  readonly size: Float64Array;
  /** 1 where every address is listed, and nothing below need be looked at. */
  readonly block: Uint8Array;
  /** Length of the smallest leaf. */
  readonly unitLength: number;
}

/** No prefix shorter than `widest` will be chosen. */
export function buildTrie({ prefixes, weights }: Leaves, widest: number): Trie {
  const { count, family, address } = prefixes;
  const room = Math.max(0, 2 * count - 1);
  const unitLength = prefixes.length.reduce((longest, length) => Math.max(longest, length), 0);
  const trie = {
    count: room,
    left: new Int32Array(room).fill(-1),
    right: new Int32Array(room).fill(-1),
    length: new Uint8Array(room),
    from: new Uint32Array(room),
    to: new Uint32Array(room),
    weight: new Float64Array(room),
    size: new Float64Array(room),
    block: new Uint8Array(room),
    unitLength,
  };
  const full = new Uint8Array(room);
  let next = 0;
  const addLeaf = (leaf: number): number => {
    trie.length[next] = prefixes.length[leaf]!;
    trie.from[next] = leaf;
    trie.to[next] = leaf + 1;
    trie.weight[next] = weights[leaf]!;
    trie.size[next] = 2 ** (unitLength - prefixes.length[leaf]!);
    trie.block[next] = 1;
    full[next] = 1;
    return next++;
  };
  const join = (left: number, right: number, length: number): number => {
    trie.left[next] = left;
    trie.right[next] = right;
    trie.length[next] = length;
    trie.from[next] = trie.from[left]!;
    trie.to[next] = trie.to[right]!;
    trie.weight[next] = trie.weight[left]! + trie.weight[right]!;
    trie.size[next] = trie.size[left]! + trie.size[right]!;
    const halves = trie.length[left] === length + 1 && trie.length[right] === length + 1;
    full[next] = halves ? full[left]! & full[right]! : 0;
    // Both halves may have to be chosen, and their weights may differ.
    trie.block[next] = length >= widest ? full[next]! : 0;
    return next++;
  };
  /** Subtrees whose right neighbour has not come yet, and the bits they share with it: growing. */
  const open: { node: number; shared: number }[] = [];
  for (let leaf = 0; leaf < count; leaf += 1) {
    const shared = leaf + 1 < count ? commonBits(address, leaf, address, leaf + 1, wordsOf(family)) : -1;
    let node = addLeaf(leaf);
    while (open.length > 0 && open.at(-1)!.shared > shared) {
      const before = open.pop()!;
      node = join(before.node, node, before.shared);
    }
    open.push({ node, shared });
  }
  return trie;
}

/** Adds the prefix of a node to `list`. */
export function addNode(trie: Trie, { prefixes }: Leaves, node: number, list: PrefixList): void {
  const width = wordsOf(prefixes.family);
  const address = new Uint32Array(width);
  copy(prefixes.address, trie.from[node]!, address, 0, width);
  fillHostBits(address, 0, width, trie.length[node]!, 0);
  list.add(address, 0, trie.length[node]!);
}

/** 1 for each node whose prefix may be chosen: no wider than `widest`, and without anything protected. */
export function allowedNodes(trie: Trie, { prefixes }: Leaves, widest: number, spared: Ranges): Uint8Array {
  const width = wordsOf(prefixes.family);
  const [first, last] = [new Uint32Array(width), new Uint32Array(width)];
  return Uint8Array.from({ length: trie.count }, (_, node) => {
    if (trie.length[node]! < widest) return 0;
    if (spared.edges.length === 0) return 1;
    copy(prefixes.address, trie.from[node]!, first, 0, width);
    copy(first, 0, last, 0, width);
    fillHostBits(first, 0, width, trie.length[node]!, 0);
    fillHostBits(last, 0, width, trie.length[node]!, 1);
    return touches(spared, first, last) ? 0 : 1;
  });
}

/** How many prefixes of length `widest` it takes for a block. */
export const partsOf = (trie: Trie, node: number, widest: number): number =>
  2 ** Math.max(0, widest - trie.length[node]!);

/** Addresses of the node that are not listed, in units. */
export const collateralOf = (trie: Trie, node: number): number =>
  2 ** (trie.unitLength - trie.length[node]!) - trie.size[node]!;

/** 1 for the nodes that matter: the root, and children of what is no block. */
export function reachedNodes(trie: Trie): Uint8Array {
  const reached = new Uint8Array(trie.count);
  if (trie.count > 0) reached[trie.count - 1] = 1;
  for (let node = trie.count - 1; node >= 0; node -= 1) {
    if (reached[node] === 0 || trie.block[node] === 1) continue;
    reached[trie.left[node]!] = 1;
    reached[trie.right[node]!] = 1;
  }
  return reached;
}

/** Addresses of one unit. */
export const unitOf = (trie: Trie, family: Family): bigint => 1n << BigInt(bitsOf(family) - trie.unitLength);
