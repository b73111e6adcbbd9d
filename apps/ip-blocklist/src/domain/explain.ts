import type { Entry, Explanation, TargetExplanation } from '@groundwork/contracts';
import { contains, parse, type IpRange, type RangeSet } from '@groundwork/ip-ranges';
import type { z } from 'zod';
import { UNKNOWN } from './coverage.ts';
import type { ProtectedRange } from './protected-ranges.ts';
import { conditionsOf, reachOf } from './reach.ts';
import { pinOf, type TargetParts } from './targets.ts';
import type { Holding } from '../ports/ledger.ts';

type Story = z.infer<typeof Explanation>;
type Status = TargetExplanation['status'];

/**
 * What the entries say about an address, and of the country it is in, if that is known. An allow
 * wins over any block, however wide or narrow either is; but an allow of a country lifts only
 * blocks of that country.
 */
export function explain(
  ip: string,
  country: string | undefined,
  entries: readonly Entry[],
  protectedRanges: readonly ProtectedRange[],
): Omit<Story, 'targets' | 'hosts'> {
  const range = rangeOf(ip);
  const guard = protectedRanges.find((one) => covers(one.range, range));
  const inOrder = entries.toSorted(
    (a, b) =>
      Number(a.subject === country) - Number(b.subject === country) ||
      Number(b.action === 'allow') - Number(a.action === 'allow') ||
      b.confidence - a.confidence,
  );
  const about = inOrder.filter(({ subject }) => (inOrder[0]?.subject === country) === (subject === country));
  return {
    ip,
    country: country ?? null,
    ...verdictOf(about),
    protectedAs: guard?.name ?? null,
    entries: inOrder,
  };
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
  { ip, country, verdict, protectedAs }: Pick<Story, 'ip' | 'country' | 'verdict' | 'protectedAs'>,
): Promise<TargetExplanation> {
  const { target, records } = parts;
  const [{ state }, holdings, pin] = await Promise.all([
    records.state(target.name),
    records.holding(target.name, ip, country ?? undefined),
    pinOf(records, target),
  ]);
  const tell = (status: Status, because: string, holding?: Holding, source?: string): TargetExplanation => ({
    target: target.name,
    topology: target.topology,
    status,
    because,
    ...(source === undefined ? {} : { source }),
    by: holding === undefined ? null : { part: holding.part, network: holding.network, since: holding.since },
  });
  const { listed, wanted, destination } = await parts.desire(state?.capacity ?? UNKNOWN);
  const isIn = (set: RangeSet): boolean => contains(set, rangeOf(ip));
  const isAllowed = isIn(listed.allow);
  const isGeoListed = country !== null && listed.countries.includes(country) && !isAllowed;
  const isListed = (isIn(listed.block) && !isAllowed) || isGeoListed;
  const byCountry = holdings.find(({ network }) => network === country);

  const reach = reachOf(target);
  const conditions = state?.conditions ?? conditionsOf(reach);
  const blind = conditions.find(({ severity }) => severity === 'blind');
  if (blind !== undefined && isListed) {
    return tell('unenforceable', `${blind.message}.`, undefined, blind.source);
  }
  if (state === undefined) return tell('pending', 'Nobody has looked at this target yet.');
  const next = nextOf(state, pin?.kind);
  if (target.kind === 'cloudfront-geo' && byCountry !== undefined && isAllowed) {
    return tell(
      'allow-not-honoured',
      `It is allowed, but ${byCountry.part} turns away all of ${byCountry.network}, and knows no exceptions; a geo rule of AWS WAF does.`,
      byCountry,
      reach.networks?.source,
    );
  }
  const allow = holdings.find(({ action }) => action === 'allow');
  const block =
    holdings.find(({ action, network }) => action === 'block' && network !== country) ?? byCountry;
  const isGeoWanted = country !== null && wanted.countries.includes(country) && !isAllowed;
  const isWanted = (isIn(wanted.block) && !isIn(wanted.allow)) || isGeoWanted;
  if (allow !== undefined) {
    const to = allow.network;
    if (isWanted) return tell('pending', `${allow.part} still lets ${to} through; ${next}`, allow);
    return tell('allowed', `${allow.part} lets ${to} through.`, allow);
  }
  if (block !== undefined) {
    const at = `${block.part} holds ${block.network}`;
    if (isWanted) return tell('enforced', `${at}.`, block);
    if (isIn(destination.collateral)) {
      const why = 'there is no room for all that is, one by one';
      return tell('collateral', `It is not listed, but ${at}: ${why}.`, block);
    }
    return tell('pending', `It is not to be blocked any more, but ${at}; ${next}`, block);
  }
  if (isListed && !isWanted) {
    const why = isGeoListed ? reach.countries : reach.networks;
    if (why !== undefined) return tell('unenforceable', `${why.message}.`, undefined, why.source);
  }
  if (!isWanted && verdict === 'blocked' && protectedAs !== null) {
    return tell(
      'open',
      `It must stay reachable, as ${protectedAs}: it is blocked only if an entry forces that.`,
    );
  }
  if (!isWanted) return tell('open', openBecause(country, wanted.countries));
  if (isIn(destination.dropped) || (isGeoWanted && destination.droppedCountries.includes(country))) {
    return tell('dropped', 'There is no room for it here; what is surer is blocked first.');
  }
  return tell('pending', `It is to be blocked; ${next}`);
}

function openBecause(country: string | null, blocked: readonly string[]): string {
  if (country !== null || blocked.length === 0) return 'Nothing here blocks it, and nothing is to.';
  const which = blocked.length > 10 ? `${blocked.length} countries are` : `${blocked.join(', ')} is`;
  return `Nothing here blocks its address, but ${which} blocked as a whole: ask with ?country= if you know where it is.`;
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
