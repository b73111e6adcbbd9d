import type { Entry, Explanation, TargetExplanation } from '@groundwork/contracts';
import { contains, parse, type IpRange, type RangeSet } from '@groundwork/ip-ranges';
import type { z } from 'zod';
import type { ProtectedRange } from './protected-ranges.ts';
import { pinOf, type TargetParts } from './targets.ts';

type Story = z.infer<typeof Explanation>;

/** What the entries say about an address. An allow wins over any block, however wide or narrow either is. */
export function explain(
  ip: string,
  entries: readonly Entry[],
  protectedRanges: readonly ProtectedRange[],
): Omit<Story, 'targets'> {
  const range = rangeOf(ip);
  const guard = protectedRanges.find((one) => covers(one.range, range));
  const inOrder = entries.toSorted(
    (a, b) => Number(b.action === 'allow') - Number(a.action === 'allow') || b.confidence - a.confidence,
  );
  return { ip, ...verdictOf(inOrder), protectedAs: guard?.name ?? null, entries: inOrder };
}

function verdictOf(inOrder: readonly Entry[]): Pick<Story, 'verdict' | 'because'> {
  const [first] = inOrder;
  if (first === undefined) {
    return { verdict: 'not-listed', because: 'No entry in force names this address.' };
  }
  const blocks = inOrder.filter(({ action }) => action === 'block').length;
  const until = first.expiresAt === null ? 'for good' : `until ${first.expiresAt}`;
  const said = `${first.subject} by ${first.source} (${first.reason}), ${until}`;
  if (first.action === 'block') return { verdict: 'blocked', because: `Blocked with ${said}.` };
  const over = blocks === 0 ? '' : `, which wins over ${blocks} ${blocks === 1 ? 'block' : 'blocks'}`;
  return { verdict: 'allowed', because: `Allowed with ${said}${over}.` };
}

/** What becomes of an address at a target: blocked by what and since when, or why not. */
export async function explainAt(
  parts: TargetParts,
  { ip, verdict, protectedAs }: Pick<Story, 'ip' | 'verdict' | 'protectedAs'>,
): Promise<TargetExplanation> {
  const { target, records } = parts;
  const [{ state }, holdings, pin] = await Promise.all([
    records.state(target.name),
    records.holding(target.name, ip),
    pinOf(records, target),
  ]);
  const about = { target: target.name, topology: target.topology };
  if (state === undefined) {
    return { ...about, status: 'pending', because: 'Nobody has looked at this target yet.', by: null };
  }
  const { wanted, destination } = await parts.desire(state.capacity);
  const isIn = (set: RangeSet): boolean => contains(set, rangeOf(ip));
  const isWanted = isIn(wanted.block) && !isIn(wanted.allow);
  const allow = holdings.find(({ action }) => action === 'allow');
  const block = holdings.find(({ action }) => action === 'block');
  const byOf = (holding: typeof block) =>
    holding === undefined ? null : { part: holding.part, network: holding.network, since: holding.since };
  const tell = (
    status: TargetExplanation['status'],
    because: string,
    holding?: typeof block,
  ): TargetExplanation => ({ ...about, status, because, by: byOf(holding) });

  const blind = state.conditions.find(({ severity }) => severity === 'blind');
  if (blind !== undefined && isWanted) return tell('unenforceable', `${blind.message}.`, block);
  const next = nextOf(state, pin?.kind);
  if (allow !== undefined) {
    const to = allow.network;
    if (isWanted) return tell('pending', `${allow.part} still lets ${to} through; ${next}`, allow);
    return tell('allowed', `${allow.part} lets ${to} through.`, allow);
  }
  if (block !== undefined) {
    const at = `${block.part} holds ${block.network}`;
    if (isWanted) return tell('enforced', `${at}.`, block);
    if (isIn(destination.collateral)) {
      return tell(
        'collateral',
        `It is not listed, but ${at}: there is no room for all that is, one by one.`,
        block,
      );
    }
    return tell('pending', `It is not to be blocked any more, but ${at}; ${next}`, block);
  }
  if (!isWanted && verdict === 'blocked' && protectedAs !== null) {
    return tell(
      'open',
      `It must stay reachable, as ${protectedAs}: it is blocked only if an entry forces that.`,
    );
  }
  if (!isWanted) return tell('open', 'Nothing here blocks it, and nothing is to.');
  if (isIn(destination.dropped)) {
    return tell('dropped', 'There is no room for it here; what is surer is blocked first.');
  }
  return tell('pending', `It is to be blocked; ${next}`);
}

function nextOf({ phase, message }: { phase: string; message: string }, pin: string | undefined): string {
  if (pin === 'rollback') return 'the target is kept at an earlier version until it is released.';
  if (phase === 'waiting' || pin === 'approved') return 'the target waits for its plan to be approved.';
  if (phase === 'failing') return `the target cannot be written at the moment: ${message}`;
  return 'the next write changes that.';
}

function rangeOf(ip: string): IpRange {
  const parsed = parse(ip);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return parsed.range;
}

function covers(a: IpRange, b: IpRange): boolean {
  return a.family === b.family && a.first <= b.first && b.last <= a.last;
}
