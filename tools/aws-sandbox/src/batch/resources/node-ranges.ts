import { batchError } from '../error.ts';

export interface NodeRange {
  from: number;
  to: number;
}

/** `0:3`, `:3`, `4:`, `:` or one node. https://docs.aws.amazon.com/batch/latest/APIReference/API_NodeRangeProperty.html */
export function rangeOf(text: string, numNodes: number): NodeRange {
  const [, from = '', colon, to = ''] = /^(\d*)(?:(:)(\d*))?$/.exec(text) ?? [];
  if (text === '' || (colon === undefined && from === ''))
    throw batchError.client(`targetNodes ${text} is no range`);
  const first = from === '' ? 0 : Number(from);
  const last = colon === undefined ? first : to === '' ? numNodes - 1 : Number(to);
  if (last < first || last >= numNodes) {
    throw batchError.client(`targetNodes ${text} is not within the ${numNodes} nodes`);
  }
  return { from: first, to: last };
}

export const isOpen = (text: string): boolean => text.endsWith(':');

/** Of every node which range has it; of nested ranges it is the inner one. All nodes must be in one. */
export function rangesOfNodes(ranges: readonly string[], numNodes: number): number[] {
  const bySize = ranges
    .map((text, which) => ({ which, ...rangeOf(text, numNodes) }))
    .toSorted((a, b) => b.to - b.from - (a.to - a.from));
  const result = Array.from({ length: numNodes }, () => -1);
  for (const { which, from, to } of bySize) result.fill(which, from, to + 1);
  const missing = result.indexOf(-1);
  if (missing !== -1) throw batchError.client(`Node ${missing} is in no node range`);
  return result;
}
