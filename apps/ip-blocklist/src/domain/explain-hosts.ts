import type { AgentView, HostExplanation } from '@groundwork/contracts';
import { contains, overlaps, parse, type IpRange } from '@groundwork/ip-ranges';
import type { List } from './export/list.ts';
import { setOf } from './networks.ts';

/** What becomes of an address on the hosts that have an agent, as far as they have told. */
export function explainHosts(
  ip: string,
  { blocked }: Pick<List, 'blocked'>,
  agents: readonly AgentView[],
): HostExplanation[] {
  const range = rangeOf(ip);
  return agents.map((agent) => ({ agent: agent.name, ...onHost(range, contains(blocked, range), agent) }));
}

function onHost(range: IpRange, isListed: boolean, agent: AgentView): Omit<HostExplanation, 'agent'> {
  const { status, seenAt, spared, conditions } = agent;
  if (status === 'silent') {
    return { status, because: `Its agent was last heard of at ${seenAt}; the list it had by then stays.` };
  }
  const exception = spared.find(({ network }) => overlaps(setOf([network]), range));
  if (isListed && exception !== undefined) {
    return { status: 'spared', because: `It is listed, but must not be locked out there: ${exception.why}.` };
  }
  const blind = conditions.find(({ severity }) => severity === 'blind');
  if (isListed && blind !== undefined) return { status: 'open', because: `${blind.message}.` };
  if (status === 'behind') {
    return {
      status: 'pending',
      because: 'It enforces an older list, and takes the next one within seconds.',
    };
  }
  return isListed
    ? { status: 'enforced', because: 'Its packets are dropped.' }
    : { status: 'open', because: 'The list does not name it; countries are not known there.' };
}

function rangeOf(ip: string): IpRange {
  const parsed = parse(ip);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return parsed.range;
}
