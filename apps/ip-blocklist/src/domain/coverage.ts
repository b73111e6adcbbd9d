import type { CoverageView } from '@groundwork/contracts';
import { addressCount, emptySet, intersect, subtract, type RangeSet } from '@groundwork/ip-ranges';
import type { Version } from './networks.ts';
import { heldBy, type TargetParts } from './targets.ts';
import { isBlind } from '../ports/enforcer.ts';

/** Nobody has looked at the target yet: everything is pending. */
const MANY = { v4: Number.MAX_SAFE_INTEGER, v6: Number.MAX_SAFE_INTEGER };
const UNKNOWN = { block: MANY, allow: MANY };

/** What of the list is enforced at a target, and what becomes of the rest. Each listed address is counted once. */
export async function coverageAt(parts: TargetParts, countries: string[]): Promise<CoverageView> {
  const { target, records } = parts;
  const [recorded, { count, p50, p99 }] = await Promise.all([
    records.load(target.name),
    records.timeToBlock(target.name),
  ]);
  const { state } = recorded;
  const { wanted, destination } = await parts.desire(state?.capacity ?? UNKNOWN);
  const held = heldBy(recorded);
  const blind = isBlind(state?.conditions ?? []);
  const listed = subtract(wanted.block, wanted.allow);
  const blocked = subtract(held.block, held.allow);
  const effective = blind ? emptySet : blocked;
  const enforced = intersect(listed, effective);
  const rest = subtract(listed, enforced);
  const dropped = blind ? emptySet : intersect(rest, destination.dropped);
  const beside = subtract(effective, listed);
  const collateral = intersect(beside, destination.collateral);
  const sets = {
    listed,
    enforced,
    pending: blind ? emptySet : subtract(rest, dropped),
    dropped,
    unenforceable: blind ? rest : emptySet,
    collateral,
    leftover: subtract(beside, collateral),
  };
  const of = <N>(version: Version, asNumber: (count: bigint) => N) => ({
    ...mapValues(sets, (set: RangeSet) => asNumber(addressCount(set[version]))),
    networks: recorded.parts
      .filter(({ action }) => action === 'block')
      .flatMap(({ networks }) => networks)
      .filter((network) => network.includes(':') === (version === 'v6')).length,
    capacity: state?.capacity.block[version] ?? 0,
  });
  return {
    target: target.name,
    phase: state?.phase ?? 'unknown',
    conditions: [...(state?.conditions ?? [])],
    ipv4: of('v4', Number),
    ipv6: of('v6', String),
    countries,
    timeToBlock: { count, p50Ms: p50, p99Ms: p99 },
  };
}

function mapValues<K extends string, V, W>(record: Record<K, V>, f: (value: V) => W): Record<K, W> {
  return Object.fromEntries(Object.entries<V>(record).map(([key, value]) => [key, f(value)])) as Record<K, W>;
}
