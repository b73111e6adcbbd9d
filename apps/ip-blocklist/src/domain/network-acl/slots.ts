import { subtract, union, type RangeSet } from '@groundwork/ip-ranges';
import { isEmpty, networksOf, setOf, unionOf } from '../networks.ts';
import type { Urgency } from '../../ports/enforcer.ts';

export type Direction = 'ingress' | 'egress';

/** One of our rule numbers, and which network is denied by it. An ACL has no memory: either direction alone cuts a client off. */
export interface Slot {
  number: number;
  ingress: string | undefined;
  egress: string | undefined;
}

/** One call. Without a network the rule goes. */
export interface Step {
  urgency: Urgency;
  number: number;
  direction: Direction;
  network: string | undefined;
}

/**
 * Steps that bring our rules of one family nearer to what is wanted, each safe by itself; none when
 * they are there. What is denied and wanted stays denied at every moment: a rule is replaced only
 * where what it denied is denied by others or by what replaces it, and otherwise a new one is made
 * first. One free number is enough for that, whatever changes.
 */
export function nextSteps(slots: readonly Slot[], wanted: RangeSet, free: readonly number[]): Step[] {
  const networks = networksOf(wanted);
  const kept = new Map<string, Slot>();
  for (const slot of slots) {
    const { ingress } = slot;
    if (ingress !== undefined && networks.includes(ingress) && !kept.has(ingress)) kept.set(ingress, slot);
  }
  const obsolete = slots.filter((slot) => kept.get(slot.ingress ?? '') !== slot);
  const missing = networks.filter((network) => !kept.has(network));
  return [
    ...ingressSteps(missing, obsolete, slots, wanted, free),
    ...egressSteps([...kept.values()], slots, wanted),
  ];
}

function ingressSteps(
  missing: readonly string[],
  obsolete: readonly Slot[],
  slots: readonly Slot[],
  wanted: RangeSet,
  free: readonly number[],
): Step[] {
  const [network] = missing;
  if (network === undefined) return obsolete.flatMap((slot) => removal(slot, wanted));
  const denied = unionOf(slots.map(deniedBy));
  const isNew = !isEmpty(subtract(setOf([network]), denied));
  // One that was half taken away or half made already is nobody's to wait for.
  const place = obsolete.find((slot) => {
    const others = unionOf(slots.filter((one) => one !== slot).map(({ ingress }) => setOfOne(ingress)));
    const left = union(others, setOf([network]));
    return slot.ingress !== undefined && isEmpty(subtract(intersectWith(slot, wanted), left));
  });
  const urgency = isNew ? 'add' : 'tidy';
  if (place !== undefined) return [{ urgency, number: place.number, direction: 'ingress', network }];
  const halves = obsolete.filter(({ ingress }) => ingress === undefined);
  const [number = halves[0]?.number] = free;
  return number === undefined ? [] : [{ urgency, number, direction: 'ingress', network }];
}

/** Inwards first; what is left outwards still cuts off. */
function removal(slot: Slot, wanted: RangeSet): Step[] {
  const direction = slot.ingress === undefined ? 'egress' : 'ingress';
  const isSurplus = !isEmpty(subtract(deniedBy(slot), wanted));
  return [{ urgency: isSurplus ? 'remove' : 'tidy', number: slot.number, direction, network: undefined }];
}

/** Outwards follows inwards, once what is still denied outwards is denied elsewhere, if it is to be. */
function egressSteps(kept: readonly Slot[], slots: readonly Slot[], wanted: RangeSet): Step[] {
  return kept
    .filter(({ ingress, egress }) => ingress !== egress)
    .filter((slot) => {
      const elsewhere = unionOf(slots.map(({ ingress }) => setOfOne(ingress)));
      return isEmpty(subtract(intersectWith(slot, wanted), elsewhere));
    })
    .map(({ number, ingress, egress }) => ({
      urgency: egress === undefined ? 'tidy' : 'remove',
      number,
      direction: 'egress',
      network: ingress,
    }));
}

function deniedBy({ ingress, egress }: Slot): RangeSet {
  return union(setOfOne(ingress), setOfOne(egress));
}

function setOfOne(network: string | undefined): RangeSet {
  return setOf(network === undefined ? [] : [network]);
}

function intersectWith(slot: Slot, wanted: RangeSet): RangeSet {
  const denied = deniedBy(slot);
  return subtract(denied, subtract(denied, wanted));
}

/** What a slot holds, each network once. */
export function networksIn({ ingress, egress }: Slot): string[] {
  return [...new Set([ingress, egress].filter((network) => network !== undefined))];
}
