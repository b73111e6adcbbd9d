import type { RangeSet } from '@groundwork/ip-ranges';
import { CHAIN, PRIORITY, SETS } from '../../domain/nftables/layout.ts';
import { NOTHING, setOf } from '../../domain/networks.ts';
import type { Listed, Properties } from './nft.ts';

/** Our table, as it was read. */
export interface TablePicture {
  /** By name; a set that is not there, or is of another kind, holds nothing. */
  sets: ReadonlyMap<string, RangeSet>;
  /** Sets that have effect. */
  inForce: ReadonlySet<string>;
  /** Which state of the table it is; undefined when nobody of us has made it. */
  state: string | undefined;
  /** What is not as we make it. */
  flaws: readonly string[];
  counters: Counters;
}

/** What was dropped since the table was made. */
export interface Counters {
  packets: number;
  bytes: number;
}

/** An empty chain by this name and a random number stands for the state of the table. */
export const STATE_PREFIX = 'state_';

export function pictureOf(listing: readonly Listed[]): TablePicture {
  const of = (kind: string): Properties[] =>
    listing.map((one) => one[kind]).filter((one) => one !== undefined);
  const chains = of('chain');
  const states = chains.map(({ name }) => String(name)).filter((name) => name.startsWith(STATE_PREFIX));
  const chain = chains.find(({ name }) => name === CHAIN);
  // We set none; which one it is cannot be told, as what nft 1.0.6 gives for `dormant` is random.
  const isDormant = of('table')[0]?.['flags'] !== undefined;
  const isHooked =
    chain?.['hook'] === 'prerouting' && chain['prio'] === PRIORITY && chain['type'] === 'filter';
  const rules = of('rule')
    .filter((rule) => rule['chain'] === CHAIN)
    .map(ruleOf);

  const sets = new Map<string, RangeSet>();
  const inForce = new Set<string>();
  const flaws: string[] = [];
  if (isDormant) flaws.push('it is dormant');
  if (!isHooked) flaws.push(`it has no chain ${CHAIN} that sees what comes in`);
  for (const { name, kind } of SETS) {
    const set = of('set').find((one) => one['name'] === name);
    const flags = [set?.['flags'] ?? []].flat();
    const isRight = set !== undefined && flags.includes('interval') === (kind === 'ranges');
    sets.set(name, isRight ? elementsOf(set) : NOTHING.block);
    const at = rules.findIndex((rule) => rule.drops === name);
    // What others let pass in our chain before is let pass.
    const isAsked = at >= 0 && rules.slice(0, at).every(({ drops }) => drops !== undefined);
    if (!isRight) flaws.push(`it has no set ${name} of ours`);
    else if (!isAsked && isHooked) flaws.push(`nothing drops what is in ${name}`);
    if (isRight && isAsked && isHooked && !isDormant) inForce.add(name);
  }
  const counters = rules.reduce(
    (sum, { packets, bytes }) => ({ packets: sum.packets + packets, bytes: sum.bytes + bytes }),
    { packets: 0, bytes: 0 },
  );
  return { sets, inForce, state: states.length === 1 ? states[0] : undefined, flaws, counters };
}

/** `elem`: texts, prefixes and ranges, in wrappings when they have timeouts or comments. */
export function elementsOf(set: Properties): RangeSet {
  return setOf(((set['elem'] ?? []) as Element[]).map(textOf));
}

type Element =
  | string
  | { prefix: { addr: string; len: number } }
  | { range: [string, string] }
  | { elem: { val: Element } };

function textOf(element: Element): string {
  if (typeof element === 'string') return element;
  if ('prefix' in element) return `${element.prefix.addr}/${element.prefix.len}`;
  if ('range' in element) return element.range.join('-');
  return textOf(element.elem.val);
}

interface Rule extends Counters {
  /** Of which set it drops everything; undefined for a rule that is not ours. */
  drops: string | undefined;
}

function ruleOf({ expr }: Properties): Rule {
  const [match, counter, verdict, ...rest] = expr as Record<string, Record<string, unknown>>[];
  const { packets = 0, bytes = 0 } = (counter?.['counter'] ?? {}) as Partial<Counters>;
  const right = match?.['match']?.['right'];
  const isOurs = typeof right === 'string' && verdict !== undefined && 'drop' in verdict && rest.length === 0;
  return { drops: isOurs ? right.replace(/^@/, '') : undefined, packets, bytes };
}
