import { buildLookup, parseList, type RangeSet } from '@groundwork/ip-ranges';
import { networksOf } from '../networks.ts';
import type { HeldSet, Room, SetChange } from './ip-set.ts';

/** Waste that is left alone: a write of 10,000 networks for less is not worth it. */
const LEAST_WASTE = 100;
const WASTE = 0.1;
/** Room that is kept free for what comes next … */
const RESERVE = 0.05;
/** … by writes that win at least so much of all there is. The rest is won back when it is needed. */
const LEAST_WIN = 0.01;

/** Whether so much would be won by merging that it is worth writes. */
export function isWorthTidying(held: readonly HeldSet[], wanted: RangeSet, room: Room): boolean {
  const total = held.reduce((sum, { networks }) => sum + networks.length, 0);
  const capacity = room.perSet * room.maxSets;
  const isScarce = total > capacity * (1 - RESERVE);
  if (!isScarce && total <= LEAST_WASTE) return false;
  const waste = total - networksOf(wanted).length;
  const least = isScarce ? capacity * LEAST_WIN : Math.max(LEAST_WASTE, total * WASTE);
  return waste > 0 && waste >= least;
}

/**
 * The write that wins back most room, of those that bring the sets nearer to the fewest networks.
 *
 * Each of the fewest networks has a home: the set that holds it, or else the one that holds most
 * pieces of it. There it takes the place of its pieces; only once it is there, its pieces in other
 * sets go. So no write makes a set longer, and none takes anything away that is not held elsewhere.
 */
export function tidy(held: readonly HeldSet[], wanted: RangeSet): Omit<SetChange, 'purpose'> | undefined {
  const fewest = networksOf(wanted);
  const homes = homesOf(held, fewest);
  const changes = held
    .map((set, i) => rewrite(set, i, homes))
    .filter((change) => change.dropped > 0)
    .toSorted((a, b) => b.gain - a.gain);
  const [best] = changes;
  if (best === undefined) return undefined;
  const reliesOn = [...best.reliesOn].map((i) => held[i]!.name);
  return { set: best.set, networks: best.networks, reliesOn };
}

interface Homes {
  fewest: readonly string[];
  /** Per set and network, the one of the fewest that it is part of; -1 for none. */
  wholes: readonly Int32Array[];
  /** Per one of the fewest: the set it belongs to, and whether it is there already. */
  home: Int32Array;
  isThere: Uint8Array;
}

function homesOf(held: readonly HeldSet[], fewest: readonly string[]): Homes {
  const wholeOf = createWholeOf(fewest);
  const wholes = held.map(({ networks }) => Int32Array.from(networks, wholeOf));
  const home = new Int32Array(fewest.length).fill(-1);
  const isThere = new Uint8Array(fewest.length);
  const pieces = held.map(() => new Uint32Array(fewest.length));
  for (const [i, { networks }] of held.entries()) {
    for (const [j, network] of networks.entries()) {
      const whole = wholes[i]![j]!;
      if (whole < 0) continue;
      pieces[i]![whole] = pieces[i]![whole]! + 1;
      if (isThere[whole] === 1 || network !== fewest[whole]) continue;
      home[whole] = i;
      isThere[whole] = 1;
    }
  }
  for (let whole = 0; whole < fewest.length; whole += 1) {
    if (isThere[whole] === 1) continue;
    for (const [i, counts] of pieces.entries()) {
      const best = home[whole]! < 0 ? 0 : pieces[home[whole]!]![whole]!;
      if (counts[whole]! > best) home[whole] = i;
    }
  }
  return { fewest, wholes, home, isThere };
}

/** Finds the one of the fewest that a network is part of. Most are one of them, and found by their text. */
function createWholeOf(fewest: readonly string[]): (network: string) => number {
  const places = new Map(fewest.map((network, i) => [network, i]));
  const lookup = buildLookup(parseList(fewest.join('\n')));
  const v4Count = fewest.findIndex((network) => network.includes(':'));
  const offset = v4Count < 0 ? fewest.length : v4Count;
  return (network) => {
    const place = places.get(network);
    if (place !== undefined) return place;
    const [address = '', length] = network.split('/');
    const found = lookup.find(address);
    if (found === undefined) return -1;
    const at = found.entry + (found.family === 6 ? offset : 0);
    return Number(fewest[at]!.split('/')[1]) <= Number(length) ? at : -1;
  };
}

function rewrite(set: HeldSet, i: number, { fewest, wholes, home, isThere }: Homes) {
  const kept: string[] = [];
  const moved = new Set<number>();
  const reliesOn = new Set<number>();
  let dropped = 0;
  for (const [j, network] of set.networks.entries()) {
    const whole = wholes[i]![j]!;
    const isHere = whole >= 0 && home[whole] === i;
    if (whole < 0 || (isHere ? network === fewest[whole] : isThere[whole] === 0)) {
      kept.push(network);
      continue;
    }
    dropped += 1;
    if (!isHere) reliesOn.add(home[whole]!);
    else if (isThere[whole] === 0) moved.add(whole);
  }
  const networks = [...kept, ...[...moved].map((whole) => fewest[whole]!)];
  return { set: set.name, networks, reliesOn, dropped, gain: set.networks.length - networks.length };
}
