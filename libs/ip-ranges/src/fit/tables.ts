import type { Choice, Plan } from './plan.ts';
import { partsOf, type Trie } from './trie.ts';

/**
 * For each node the least cost of its leaves with at most 0, 1, 2 … prefixes:
 *
 *   z(n) = min( cost of choosing the node itself, min over i + j = n of z_left(i) + z_right(j) )
 *
 * from Soldo, Argyraki and Markopoulou, "Optimal Source-Based Filtering of Malicious
 * Traffic", IEEE/ACM Transactions on Networking 20(2), 2012, equations for FILTER-ALL
 * (where nothing may be left uncovered, so z(0) is infinite) and FILTER-SOME. A table
 * ends where more prefixes cannot help: at the number of blocks in the subtree, or at
 * the capacity. That makes O(leaves × capacity) steps.
 */
export interface Tables {
  /** All tables, one behind the other. */
  readonly costs: Float64Array;
  /** Where each node's begins, and the highest n in it. */
  readonly start: Uint32Array;
  readonly most: Uint32Array;
}

export function fillTables(plan: Plan): Tables {
  const tables = layOut(plan);
  for (let node = 0; node < plan.trie.count; node += 1) {
    if (plan.reached[node] === 0) continue;
    if (plan.trie.block[node] === 1) fillBlock(plan, tables, node);
    else fillInner(plan, tables, node);
  }
  return tables;
}

function layOut({ trie, reached, widest, capacity }: Plan): Tables {
  const start = new Uint32Array(trie.count);
  const most = new Uint32Array(trie.count);
  let next = 0;
  for (let node = 0; node < trie.count; node += 1) {
    if (reached[node] === 0) continue;
    const useful =
      trie.block[node] === 1
        ? partsOf(trie, node, widest)
        : most[trie.left[node]!]! + most[trie.right[node]!]!;
    start[node] = next;
    most[node] = Math.min(useful, capacity);
    next += most[node]! + 1;
  }
  return { costs: new Float64Array(next), start, most };
}

/** Every further part takes the same weight away; all of them cost nothing. */
function fillBlock(plan: Plan, { costs, start, most }: Tables, node: number): void {
  const parts = partsOf(plan.trie, node, plan.widest);
  for (let n = 0; n <= most[node]!; n += 1) {
    costs[start[node]! + n] = n === parts ? 0 : plan.uncovered(node) * ((parts - n) / parts);
  }
}

function fillInner({ trie, allowed, uncovered, chosen }: Plan, tables: Tables, node: number): void {
  const { costs, start, most } = tables;
  const [left, right] = [start[trie.left[node]!]!, start[trie.right[node]!]!];
  const [mostLeft, mostRight] = [most[trie.left[node]!]!, most[trie.right[node]!]!];
  const own = start[node]!;
  const room = most[node]!;
  costs.fill(Number.POSITIVE_INFINITY, own, own + room + 1);
  for (let i = 0; i <= mostLeft; i += 1) {
    const cost = costs[left + i]!;
    if (cost === Number.POSITIVE_INFINITY) continue;
    const end = Math.min(mostRight, room - i);
    for (let j = 0, to = own + i; j <= end; j += 1, to += 1) {
      const sum = cost + costs[right + j]!;
      if (sum < costs[to]!) costs[to] = sum;
    }
  }
  costs[own] = uncovered(node);
  // With more room the two halves do at least as well: what is allowed for a node is so for its children.
  if (room > 0 && allowed[node] === 1) costs[own + 1] = Math.min(costs[own + 1]!, chosen(node));
}

/** Least cost of everything. */
export function leastCost({ trie }: Plan, { costs, start, most }: Tables): number {
  const root = trie.count - 1;
  return root < 0 ? 0 : costs[start[root]! + most[root]!]!;
}

/** What has the least cost, in the fewest prefixes; ascending. */
export function choose(plan: Plan, tables: Tables): Choice {
  const { trie, allowed, chosen } = plan;
  const { costs, start, most } = tables;
  const choice: Choice = { nodes: [], parts: [] };
  const root = trie.count - 1;
  if (root < 0) return choice;
  const least = leastCost(plan, tables);
  let fewest = most[root]!;
  while (fewest > 0 && costs[start[root]! + fewest - 1] === least) fewest -= 1;
  const rest = [{ node: root, n: fewest }];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const { node, n } = next;
    if (n === 0) continue;
    if (trie.block[node] === 1) {
      if (partsOf(trie, node, plan.widest) === 1) choice.nodes.push(node);
      else choice.parts.push({ node, count: n });
      continue;
    }
    if (allowed[node] === 1 && costs[start[node]! + n] === chosen(node)) {
      choice.nodes.push(node);
      continue;
    }
    const i = splitOf(trie, tables, node, n);
    rest.push({ node: trie.right[node]!, n: n - i }, { node: trie.left[node]!, n: i });
  }
  return choice;
}

/** How many of the node's `n` prefixes go to its left: found again instead of stored, as few are asked for. */
function splitOf({ left, right }: Trie, { costs, start, most }: Tables, node: number, n: number): number {
  const [l, r] = [left[node]!, right[node]!];
  const cost = costs[start[node]! + n];
  for (let i = Math.max(0, n - most[r]!); i <= Math.min(n, most[l]!); i += 1) {
    const sum = costs[start[l]! + i]! + costs[start[r]! + n - i]!;
    if (sum === cost) return i;
  }
  throw new Error('The tables of a fit contradict themselves, which is a mistake in this library.');
}
