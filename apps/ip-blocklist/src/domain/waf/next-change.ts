import { contains, intersect, parse, subtract, type RangeSet } from '@groundwork/ip-ranges';
import { isEmpty, networksOf, setOf, unionOf } from '../networks.ts';
import { isWorthTidying, tidy } from './tidy.ts';
import type { HeldSet, Room, SetChange } from './ip-set.ts';

interface Candidate {
  set: HeldSet;
  /** What is left of it without what is not wanted. */
  rest: readonly string[];
  free: number;
}

/**
 * The next write that brings IP sets of one family nearer to what is wanted; undefined when they
 * are there. What is both held and wanted stays held at every moment.
 *
 * New networks are appended as they come, to one set that has room for all of them, so that one
 * ban is one write however many sets there are. That wastes room, which `tidy` wins back by
 * merging, when there is nothing else to do or when the room is needed.
 */
export function nextChange(held: readonly HeldSet[], wanted: RangeSet, room: Room): SetChange | undefined {
  const covered = unionOf(held.map((set) => set.covered));
  const missing = subtract(wanted, covered);
  const surplus = subtract(covered, wanted);
  const candidates = held.map((set): Candidate => {
    const rest = isEmpty(intersect(set.covered, surplus)) ? set.networks : without(set, wanted);
    return { set, rest, free: room.perSet - rest.length };
  });
  if (!isEmpty(missing)) {
    return append(candidates, networksOf(missing), room) ?? tidied('add', held, wanted);
  }
  if (!isEmpty(surplus)) {
    return remove(candidates, wanted, room) ?? tidied('remove', held, wanted);
  }
  return isWorthTidying(held, wanted, room) ? tidied('tidy', held, wanted) : undefined;
}

function append(candidates: readonly Candidate[], networks: string[], room: Room): SetChange | undefined {
  const fitting = candidates.filter(({ free }) => free >= networks.length);
  const widest = candidates.toSorted((a, b) => b.free - a.free)[0];
  const mayGrow = candidates.length < room.maxSets;
  // A set that has to be written anyway costs nothing more.
  const chosen =
    fitting.find(({ set, rest }) => rest !== set.networks) ??
    fitting[0] ??
    (widest !== undefined && widest.free > 0 && (!mayGrow || widest.free * 2 >= networks.length)
      ? widest
      : undefined);
  if (chosen !== undefined) {
    const added = networks.slice(0, chosen.free);
    return { purpose: 'add', set: chosen.set.name, networks: [...chosen.rest, ...added], reliesOn: [] };
  }
  if (!mayGrow) return undefined;
  return { purpose: 'add', set: undefined, networks: networks.slice(0, room.perSet), reliesOn: [] };
}

function remove(candidates: readonly Candidate[], wanted: RangeSet, room: Room): SetChange | undefined {
  const touched = candidates.filter(({ set, rest }) => rest !== set.networks);
  const fitting = touched.find(({ free }) => free >= 0);
  if (fitting !== undefined) {
    return { purpose: 'remove', set: fitting.set.name, networks: [...fitting.rest], reliesOn: [] };
  }
  // What is left of a wide network takes more networks than it was. Elsewhere first, then away from here.
  const [full] = touched;
  if (full === undefined) return undefined;
  const others = candidates.filter((one) => one !== full);
  const elsewhere = unionOf(others.map(({ set }) => set.covered));
  const kept = full.rest.filter((network) => full.set.networks.includes(network));
  const pieces = subtract(intersect(full.set.covered, wanted), setOf(kept));
  const homeless = networksOf(subtract(pieces, elsewhere));
  if (kept.length + homeless.length <= room.perSet) {
    const reliesOn = others.map(({ set }) => set.name);
    return { purpose: 'remove', set: full.set.name, networks: [...kept, ...homeless], reliesOn };
  }
  const excess = homeless.slice(room.perSet - kept.length);
  const moved = append(others.map(untouched(room)), excess, room);
  return moved && { ...moved, purpose: 'remove' };
}

const untouched =
  ({ perSet }: Room) =>
  ({ set }: Candidate): Candidate => ({ set, rest: set.networks, free: perSet - set.networks.length });

function tidied(
  purpose: SetChange['purpose'],
  held: readonly HeldSet[],
  wanted: RangeSet,
): SetChange | undefined {
  const change = tidy(held, wanted);
  return change && { ...change, purpose };
}

/** The set's networks without what is not wanted; of those that are wanted in part, the parts. */
function without({ networks }: HeldSet, wanted: RangeSet): string[] {
  const whole: string[] = [];
  const partly: string[] = [];
  for (const network of networks) {
    const parsed = parse(network);
    (parsed.ok && contains(wanted, parsed.range) ? whole : partly).push(network);
  }
  // A piece of one may be covered by what is whole already.
  return [...whole, ...networksOf(subtract(intersect(setOf(partly), wanted), setOf(whole)))];
}
