import type { PlanView, TargetVersionView, TargetView } from '@groundwork/contracts';
import type { Desire } from './desire.ts';
import {
  countriesOf,
  networksOf,
  setOf,
  unionOf,
  type Changes,
  type Coverage,
  type NetworkChanges,
} from './networks.ts';
import { before, isNothing, planBetween, type Plan } from './plan.ts';
import { conditionsOf, reachOf } from './reach.ts';
import type { Target } from './target-file/target-file.ts';
import type { Capacity } from './destination.ts';
import type { Pin, PinHead, Recorded, TargetRecords, TargetState } from '../ports/ledger.ts';

/** A target as far as it is known to anybody, and what it is to hold. */
export interface TargetParts {
  target: Target;
  records: TargetRecords;
  desire: (capacity: Capacity) => Promise<Desire>;
}

/** Nobody has looked at the target yet, so nothing can be said about it. */
export class NotObserved extends Error {
  override readonly name = 'NotObserved';
}

/** What was asked for was another plan, or a version that is not kept. */
export class NotPossible extends Error {
  override readonly name = 'NotPossible';
}

/** Networks of a change that are shown. */
const SHOWN = 1_000;

export async function viewOf({ target, records }: TargetParts): Promise<TargetView> {
  const [{ state, version }, pin] = await Promise.all([records.state(target.name), pinOf(records, target)]);
  const { name, kind, topology, mode } = target;
  return {
    name,
    kind,
    topology,
    mode,
    ...phaseOf(state),
    conditions: [...(state?.conditions ?? conditionsOf(reachOf(target)))],
    version,
    observedAt: state?.observedAt ?? null,
    drift: state?.drift ?? null,
    pin: pin === undefined ? null : { kind: pin.kind, of: pin.of, by: pin.by, at: pin.at },
  };
}

/** It is looked at every ten seconds; so long after that, whoever did so is dead, and nobody has taken over. In ms. */
const STALE_MS = 45_000;

/** What a target is doing, as far as that is known. */
export function phaseOf(state: TargetState | undefined): Pick<TargetView, 'phase' | 'message'> {
  if (state === undefined) return { phase: 'unknown', message: 'Nobody has looked at it yet' };
  const { phase, message, observedAt } = state;
  const isStale = observedAt !== null && Date.now() - Date.parse(observedAt) > STALE_MS;
  // One that cannot be read is not seen either.
  if (!isStale || phase === 'failing') return { phase, message };
  return { phase: 'unknown', message: `Nobody has looked at it since ${observedAt}; what it holds stays` };
}

/** What is enforced at a target now. */
export function heldBy({ parts }: Pick<Recorded, 'parts'>): Coverage {
  const of = (action: 'block' | 'allow') =>
    unionOf(parts.filter((part) => part.action === action).map(({ networks }) => setOf(networks)));
  const countries = countriesOf(...parts.map((part) => part.countries));
  return { block: of('block'), allow: of('allow'), countries };
}

/** What the entries would change at the target, whether that is going to happen or not. */
export async function planOf(parts: TargetParts): Promise<Plan & { destination: Coverage }> {
  const recorded = await parts.records.load(parts.target.name);
  if (recorded.state === undefined) throw new NotObserved(`Nobody has looked at ${parts.target.name} yet.`);
  const { destination } = await parts.desire(recorded.state.capacity);
  return { ...planBetween(heldBy(recorded), destination), destination };
}

/** Has that plan carried out, and no other. Throws NotPossible when it is not the plan any more. */
export async function apply(parts: TargetParts, hash: string, by: string): Promise<void> {
  const { destination, ...plan } = await planOf(parts);
  if (plan.hash !== hash) {
    throw new NotPossible(`The plan of ${parts.target.name} is ${plan.hash} by now; look at it again.`);
  }
  await pinTo(parts, { kind: 'approved', of: hash, by }, destination);
}

/** Goes back to what was enforced at a version, and stays there until released. */
export async function rollback(parts: TargetParts, version: number, by: string): Promise<void> {
  const { target, records } = parts;
  const recorded = await records.load(target.name);
  const later = await records.since(target.name, version);
  if (later === undefined) {
    throw new NotPossible(`${target.name} has no version ${version}, or it is too long ago to be kept.`);
  }
  await pinTo(parts, { kind: 'rollback', of: String(version), by }, before(heldBy(recorded), later));
}

async function pinTo(
  { target, records }: TargetParts,
  pin: Pick<Pin, 'kind' | 'of' | 'by'>,
  { block, allow, countries }: Coverage,
): Promise<void> {
  await records.pin(target.name, { ...pin, block: networksOf(block), allow: networksOf(allow), countries });
}

export async function pinOf(records: TargetRecords, target: Target): Promise<PinHead | undefined> {
  return (await records.pins()).get(target.name);
}

export function planView(target: Target, { hash, changes }: Plan): PlanView {
  return { target: target.name, hash, isEmpty: isNothing(changes), ...shown(changes) };
}

export async function versionViews(
  { target, records }: TargetParts,
  beforeVersion: number | undefined,
  limit: number,
): Promise<TargetVersionView[]> {
  const versions = await records.versions(target.name, beforeVersion, limit);
  return versions.map(({ changes, ...version }) => ({ ...version, ...shown(changes) }));
}

function shown({ block, allow, countries }: Changes) {
  const of = ({ added, removed }: NetworkChanges) => ({
    added: added.slice(0, SHOWN),
    removed: removed.slice(0, SHOWN),
    addedCount: added.length,
    removedCount: removed.length,
  });
  return { block: of(block), allow: of(allow), countries: of(countries) };
}
