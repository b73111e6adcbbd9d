import { compare, wordsOf } from '../address/words.ts';
import { EdgeList, edgeCount, type Ranges } from './ranges.ts';

type Keep = (inA: boolean, inB: boolean) => boolean;

export const union = (a: Ranges, b: Ranges): Ranges => combine(a, b, (inA, inB) => inA || inB);
export const intersect = (a: Ranges, b: Ranges): Ranges => combine(a, b, (inA, inB) => inA && inB);
export const subtract = (a: Ranges, b: Ranges): Ranges => combine(a, b, (inA, inB) => inA && !inB);

/** One sweep over the edges of both, lowest first; an edge comes out wherever the answer of `keep` changes. */
function combine(a: Ranges, b: Ranges, keep: Keep): Ranges {
  const width = wordsOf(a.family);
  const [countA, countB] = [edgeCount(a), edgeCount(b)];
  const out = new EdgeList(a.family, countA + countB);
  let [i, j, kept] = [0, 0, false];
  while (i < countA || j < countB) {
    const order = i === countA ? 1 : j === countB ? -1 : compare(a.edges, i, b.edges, j, width);
    const edge = order <= 0 ? a.edges : b.edges;
    const index = order <= 0 ? i : j;
    if (order <= 0) i += 1;
    if (order >= 0) j += 1;
    if (keep(i % 2 === 1, j % 2 === 1) === kept) continue;
    kept = !kept;
    out.add(edge, index);
  }
  return out.done();
}
