import type { CoverageView } from '@groundwork/contracts';
import { addressCount, emptySet, intersect, subtract, type RangeSet } from '@groundwork/ip-ranges';
import type { Capacity } from './destination.ts';
import { networksOf, NOTHING, without, type Coverage, type Version } from './networks.ts';
import { conditionsOf, reachOf } from './reach.ts';
import { heldBy, phaseOf, type TargetParts } from './targets.ts';
import { isBlind } from '../ports/enforcer.ts';

/** Nobody has looked at the target yet: everything is pending. */
const MANY = { v4: Number.MAX_SAFE_INTEGER, v6: Number.MAX_SAFE_INTEGER };
export const UNKNOWN: Capacity = { block: MANY, allow: MANY, countries: Number.MAX_SAFE_INTEGER };

/** Networks of a list that are shown. */
const SHOWN = 1_000;

/** What of the list is enforced at a target, and what becomes of the rest. Each listed address is counted once. */
export async function coverageAt(parts: TargetParts): Promise<CoverageView> {
  const { target, records } = parts;
  const [recorded, { count, p50, p99 }] = await Promise.all([
    records.load(target.name),
    records.timeToBlock(target.name),
  ]);
  const { state } = recorded;
  const { listed: all, destination } = await parts.desire(state?.capacity ?? UNKNOWN);
  const reach = reachOf(target);
  const conditions = state?.conditions ?? conditionsOf(reach);
  const blind = isBlind(conditions);
  const held = blind ? NOTHING : heldBy(recorded);
  const listed = subtract(all.block, all.allow);
  const effective = subtract(held.block, held.allow);
  const enforced = intersect(listed, effective);
  const rest = subtract(listed, enforced);
  const isOut = blind || reach.networks !== undefined;
  const dropped = isOut ? emptySet : intersect(rest, destination.dropped);
  const beside = subtract(effective, listed);
  const collateral = intersect(beside, destination.collateral);
  const sets = {
    listed,
    enforced,
    pending: isOut ? emptySet : subtract(rest, dropped),
    dropped,
    unenforceable: isOut ? rest : emptySet,
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
    phase: phaseOf(state).phase,
    conditions: [...conditions],
    ipv4: of('v4', Number),
    ipv6: of('v6', String),
    countries: countriesAt(all, held, destination.droppedCountries, blind || reach.countries !== undefined),
    droppedNetworks: networksOf(dropped).slice(0, SHOWN),
    allowsNotHonoured:
      target.kind === 'cloudfront-geo' && held.countries.length > 0
        ? networksOf(all.allow).slice(0, SHOWN)
        : [],
    timeToBlock: { count, p50Ms: p50, p99Ms: p99 },
  };
}

function countriesAt(
  listed: Coverage,
  held: Coverage,
  droppedCountries: readonly string[],
  isOut: boolean,
): CoverageView['countries'] {
  const rest = without(listed.countries, held.countries);
  const dropped = isOut ? [] : rest.filter((country) => droppedCountries.includes(country));
  return {
    enforced: listed.countries.filter((country) => held.countries.includes(country)),
    pending: isOut ? [] : without(rest, dropped),
    dropped,
    unenforceable: isOut ? rest : [],
    leftover: without(held.countries, listed.countries),
  };
}

function mapValues<K extends string, V, W>(record: Record<K, V>, f: (value: V) => W): Record<K, W> {
  return Object.fromEntries(Object.entries<V>(record).map(([key, value]) => [key, f(value)])) as Record<K, W>;
}
