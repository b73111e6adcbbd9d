import { contains, parse, type RangeSet } from '@groundwork/ip-ranges';
import type { Capacity } from '../../domain/destination.ts';
import { networksIn, nextSteps, type Slot, type Step } from '../../domain/network-acl/slots.ts';
import { only, setOf, type Coverage, type Version } from '../../domain/networks.ts';
import type { NetworkAclTarget } from '../../domain/target-file/network-acl.ts';
import {
  Conflict,
  LimitReached,
  type Condition,
  type Enforcer,
  type Part,
  type Write,
} from '../../ports/enforcer.ts';
import type { AclApi } from './acl-api.ts';
import { conditionsOf } from './conditions.ts';
import { othersOf, pictureOf, versionOf, type AclPicture } from './picture-of-acl.ts';

/** Whose subnets they are is looked at this often, in ms. */
const LOAD_BALANCERS_EVERY_MS = 60_000;
/** A quota that was found out by being refused may have been raised after so long, in ms. */
const QUOTA_EVERY_MS = 600_000;
const VERSIONS = ['v4', 'v6'] as const;

/**
 * Deny rules of a network ACL, by numbers that are ours. EC2 has no lock tokens: a write is made only
 * if what is ours is still as it was seen a moment before, and what comes in between nevertheless is
 * put right when it is looked at next.
 */
export class NetworkAcl implements Enforcer {
  readonly #api: AclApi;
  readonly #target: NetworkAclTarget;
  #picture: AclPicture | undefined;
  #parts: Part[] = [];
  #loadBalancers: readonly string[] | undefined;
  #loadBalancersSeen = Number.NEGATIVE_INFINITY;
  /** Rules that the account took when it refused one more. */
  #quota: { rules: number; at: number } | undefined;

  constructor(api: AclApi, target: NetworkAclTarget) {
    this.#api = api;
    this.#target = target;
  }

  async observe(): Promise<void> {
    this.#take(await this.#read());
    const now = performance.now();
    if (this.#quota !== undefined && now - this.#quota.at > QUOTA_EVERY_MS) this.#quota = undefined;
    if (now - this.#loadBalancersSeen < LOAD_BALANCERS_EVERY_MS) return;
    const { subnets } = this.#seen;
    const isAsked = this.#target.topology !== 'ec2-public' && this.#target.subnetsOf === 'load-balancer';
    this.#loadBalancers =
      isAsked && subnets.length > 0 ? await this.#api.loadBalancersIn(subnets) : undefined;
    this.#loadBalancersSeen = now;
  }

  parts(): readonly Part[] {
    return this.#parts;
  }

  capacity(): Capacity {
    const { first, last } = this.#target.rules;
    const taken = this.#picture?.others.filter(({ number }) => number >= first && number <= last) ?? [];
    const numbers = last - first + 1 - new Set(taken.map(({ number }) => number)).size;
    const room = (version: Version): number => {
      const others = this.#picture === undefined ? 0 : othersOf(this.#picture, version);
      return Math.max(0, Math.min(this.#target.maxRules, this.#quota?.rules ?? Infinity) - others);
    };
    const v6 = Math.min(room('v6'), Math.max(Math.floor(numbers / 2), numbers - room('v4')));
    const v4 = Math.min(room('v4'), numbers - v6);
    // One is kept free, so that nothing is let go while networks change places.
    const less = (rules: number): number => Math.max(0, rules - 1);
    return { block: { v4: less(v4), v6: less(v6) }, allow: { v4: 0, v6: 0 }, countries: 0 };
  }

  conditions(): Condition[] {
    return this.#picture === undefined ? [] : conditionsOf(this.#picture, this.#target, this.#loadBalancers);
  }

  next(wanted: Coverage): Write[] {
    const { slots, others } = this.#seen;
    const { first, last } = this.#target.rules;
    const taken = new Set([...slots.keys(), ...others.map(({ number }) => number)]);
    const free = Array.from({ length: last - first + 1 }, (_, i) => first + i).filter((n) => !taken.has(n));
    return VERSIONS.flatMap((version) => {
      const ours = [...slots.values()].filter((slot) => versionOf(slot.ingress ?? slot.egress!) === version);
      return nextSteps(ours, only(wanted.block, version), free).map((step) => this.#write(step));
    });
  }

  rewrite(part: string): Write | undefined {
    const slot = [...this.#seen.slots.values()].find(({ number }) => this.#nameOf(number) === part);
    if (slot === undefined) return undefined;
    const direction = slot.ingress === undefined ? 'egress' : 'ingress';
    return this.#write({ urgency: 'add', number: slot.number, direction, network: slot[direction] });
  }

  get #seen(): AclPicture {
    if (this.#picture === undefined) throw new Error('it has not been looked at yet');
    return this.#picture;
  }

  async #read(): Promise<AclPicture> {
    const { networkAcl } = this.#target;
    const [acl, another] = await this.#api.find(networkAcl);
    if (acl === undefined) throw new Error(`There is no network ACL ${networkAcl}`);
    if (another !== undefined)
      throw new Error(`More than one network ACL is called ${networkAcl}: name it by id`);
    return pictureOf(acl, this.#target);
  }

  #take(picture: AclPicture): void {
    this.#picture = picture;
    const shadows = { ingress: shadowOf(picture, false), egress: shadowOf(picture, true) };
    const known = new Map(this.#parts.map((part) => [part.name, part]));
    this.#parts = [...picture.slots.values()].map((slot): Part => {
      const name = this.#nameOf(slot.number);
      const networks = networksIn(slot);
      const before = known.get(name)?.networks;
      const isSame = before?.length === networks.length && networks.every((one) => before.includes(one));
      const inForce = (['ingress', 'egress'] as const).some(
        (direction) => slot[direction] !== undefined && !isWithin(slot[direction], shadows[direction](slot)),
      );
      return { name, action: 'block', networks: isSame ? before : networks, countries: [], inForce };
    });
  }

  #write({ urgency, number, direction, network }: Step): Write {
    const slot = this.#seen.slots.get(number) ?? { number, ingress: undefined, egress: undefined };
    const after: Slot = { ...slot, [direction]: network };
    const before = slot[direction];
    const place = { acl: this.#seen.id, number, direction };
    const [operation, what, call] = (() => {
      const where = direction === 'ingress' ? 'from' : 'to';
      const by = `by rule ${number} of ${place.acl}`;
      if (network === undefined) {
        return [
          'DeleteNetworkAclEntry',
          `Denies ${before} no more ${by}, ${direction}`,
          () => this.#api.remove(place),
        ] as const;
      }
      return before === undefined
        ? ([
            'CreateNetworkAclEntry',
            `Denies traffic ${where} ${network} ${by}`,
            () => this.#api.create(place, network),
          ] as const)
        : ([
            'ReplaceNetworkAclEntry',
            `Denies traffic ${where} ${network} in place of ${before} ${by}`,
            () => this.#api.replace(place, network),
          ] as const);
    })();
    return {
      urgency,
      operation,
      what,
      part: { name: this.#nameOf(number), action: 'block', networks: networksIn(after), countries: [] },
      perform: async () => {
        const picture = this.#seen;
        await this.#unchanged(picture);
        await call().catch((error: unknown) => {
          if (error instanceof LimitReached && network !== undefined) this.#refused(network, direction);
          throw error;
        });
        const slots = new Map(picture.slots);
        if (networksIn(after).length === 0) slots.delete(number);
        else slots.set(number, after);
        this.#take({ ...picture, slots });
      },
    };
  }

  /** As near to a lock as EC2 lets us come. */
  async #unchanged(picture: AclPicture): Promise<void> {
    const now = await this.#read();
    if (textOf(now) !== textOf(picture)) throw new Conflict(`${picture.id} has changed`);
  }

  #refused(network: string, direction: 'ingress' | 'egress'): void {
    const version = versionOf(network);
    const ours = [...this.#seen.slots.values()].filter((slot) => {
      const held = slot[direction];
      return held !== undefined && versionOf(held) === version;
    });
    this.#quota = { rules: othersOf(this.#seen, version) + ours.length, at: performance.now() };
  }

  #nameOf(number: number): string {
    return `${this.#seen.id} rule ${number}`;
  }
}

/** What somebody else lets pass before a rule of ours is asked. */
function shadowOf({ others }: AclPicture, isEgress: boolean): (slot: Slot) => RangeSet {
  const allows = others.filter((rule) => rule.allows && rule.isWhole && rule.isEgress === isEgress);
  return ({ number }) => setOf(allows.filter((rule) => rule.number < number).map(({ network }) => network));
}

function textOf({ id, slots }: AclPicture): string {
  return JSON.stringify([id, [...slots.values()].toSorted((a, b) => a.number - b.number)]);
}

function isWithin(network: string, set: RangeSet): boolean {
  const parsed = parse(network);
  return parsed.ok && contains(set, parsed.range);
}
