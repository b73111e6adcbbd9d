import type { Choice, Plan } from './plan.ts';
import { collateralOf, partsOf } from './trie.ts';

/** Pairs of points that are tried at most, about a second's worth. */
const MAX_WORK = 3e7;

/** One way to cover a subtree. */
interface Point {
  /** Unlisted addresses, in units. */
  collateral: number;
  uncovered: number;
}
/** Ways of which none is better in both: collateral ascending, uncovered weight descending. */
type Front = readonly Point[];

/**
 * FILTER-SOME under a limit of the whole collateral. One least cost per number of
 * prefixes does not do then, as the best part of a subtree may have to give way to a
 * cheaper one; each table holds the whole front of trade-offs instead. `undefined` when
 * that is too much: the fronts can grow as long as the limit is high.
 */
export function chooseWithin(plan: Plan, limit: number, price: number): Choice | undefined {
  const { trie } = plan;
  const tables: (Front[] | undefined)[] = [];
  let work = 0;
  for (let node = 0; node < trie.count; node += 1) {
    if (plan.reached[node] === 0) continue;
    if (trie.block[node] === 1) {
      tables[node] = blockFronts(plan, node);
      continue;
    }
    const [left, right] = [tables[trie.left[node]!]!, tables[trie.right[node]!]!];
    const points = (fronts: readonly Front[]): number => fronts.reduce((sum, front) => sum + front.length, 0);
    work += points(left) * points(right);
    if (work > MAX_WORK) return undefined;
    tables[node] = joinFronts(plan, node, left, right, limit);
  }
  const root = trie.count - 1;
  const fronts = tables[root]!;
  let best = { n: 0, point: fronts[0]![0]! };
  const cost = ({ uncovered, collateral }: Point): number => uncovered + price * collateral;
  for (const [n, front] of fronts.entries()) {
    for (const point of front) if (cost(point) < cost(best.point)) best = { n, point };
  }
  return trace(plan, tables, root, best.n, best.point);
}

function blockFronts({ trie, widest, capacity }: Plan, node: number): Front[] {
  const parts = partsOf(trie, node, widest);
  const weight = trie.weight[node]!;
  return Array.from({ length: Math.min(parts, capacity) + 1 }, (_, n) => [
    { collateral: 0, uncovered: n === parts ? 0 : weight * ((parts - n) / parts) },
  ]);
}

function joinFronts(
  { trie, allowed, capacity }: Plan,
  node: number,
  left: readonly Front[],
  right: readonly Front[],
  limit: number,
): Front[] {
  const room = Math.min(left.length + right.length - 2, capacity);
  const collected: Point[][] = Array.from({ length: room + 1 }, () => []);
  for (const [i, ofLeft] of left.entries()) {
    for (let j = 0; j < right.length && i + j <= room; j += 1) {
      for (const a of ofLeft) {
        for (const b of right[j]!) {
          const collateral = a.collateral + b.collateral;
          if (collateral > limit) break;
          collected[i + j]!.push({ collateral, uncovered: a.uncovered + b.uncovered });
        }
      }
    }
  }
  const whole = { collateral: collateralOf(trie, node), uncovered: 0 };
  const mayBeWhole = allowed[node] === 1 && whole.collateral <= limit;
  return collected.map((points, n) => bestOf(mayBeWhole && n > 0 ? [...points, whole] : points));
}

function bestOf(points: Point[]): Front {
  points.sort((a, b) => a.collateral - b.collateral || a.uncovered - b.uncovered);
  let least = Number.POSITIVE_INFINITY;
  return points.filter(({ uncovered }) => {
    const better = uncovered < least;
    if (better) least = uncovered;
    return better;
  });
}

/** The choice that led to a point of the root, ascending. */
function trace(
  { trie, allowed, widest }: Plan,
  tables: readonly (Front[] | undefined)[],
  root: number,
  count: number,
  goal: Point,
): Choice {
  const choice: Choice = { nodes: [], parts: [] };
  const rest = [{ node: root, n: count, point: goal }];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const { node, n, point } = next;
    if (n === 0) continue;
    if (trie.block[node] === 1) {
      if (partsOf(trie, node, widest) === 1) choice.nodes.push(node);
      else choice.parts.push({ node, count: n });
      continue;
    }
    if (allowed[node] === 1 && point.uncovered === 0 && point.collateral === collateralOf(trie, node)) {
      choice.nodes.push(node);
      continue;
    }
    const [left, right] = [trie.left[node]!, trie.right[node]!];
    const [i, a, b] = splitOf(tables[left]!, tables[right]!, n, point);
    rest.push({ node: right, n: n - i, point: b }, { node: left, n: i, point: a });
  }
  return choice;
}

function splitOf(
  left: Front[],
  right: Front[],
  n: number,
  { collateral, uncovered }: Point,
): [number, Point, Point] {
  for (const [i, front] of left.entries()) {
    for (const a of front) {
      const b = right[n - i]?.find(
        (other) =>
          a.collateral + other.collateral === collateral && a.uncovered + other.uncovered === uncovered,
      );
      if (b !== undefined) return [i, a, b];
    }
  }
  throw new Error('The fronts of a fit contradict themselves, which is a mistake in this library.');
}
