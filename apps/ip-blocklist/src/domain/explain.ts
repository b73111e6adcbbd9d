import type { Entry } from '@groundwork/contracts';

export interface Explanation {
  ip: string;
  /** What the entries ask for. */
  verdict: 'blocked' | 'allowed' | 'not-listed';
  because: string;
  /** All that name the address, those that win first. */
  entries: Entry[];
}

/** An allow wins over any block, however wide or narrow either is. */
export function explain(ip: string, entries: readonly Entry[]): Explanation {
  const inOrder = entries.toSorted(
    (a, b) => Number(b.action === 'allow') - Number(a.action === 'allow') || b.confidence - a.confidence,
  );
  const [first] = inOrder;
  if (first === undefined) {
    return { ip, verdict: 'not-listed', because: 'No entry in force names this address.', entries: [] };
  }
  const blocks = inOrder.filter(({ action }) => action === 'block').length;
  const until = first.expiresAt === null ? 'for good' : `until ${first.expiresAt}`;
  const said = `${first.subject} by ${first.source} (${first.reason}), ${until}`;
  if (first.action === 'block')
    return { ip, verdict: 'blocked', because: `Blocked with ${said}.`, entries: inOrder };
  const over = blocks === 0 ? '' : `, which wins over ${blocks} ${blocks === 1 ? 'block' : 'blocks'}`;
  return { ip, verdict: 'allowed', because: `Allowed with ${said}${over}.`, entries: inOrder };
}
