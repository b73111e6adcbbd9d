import type { Estimate, Plan, PlanAnswer, PlanOption } from '@groundwork/contracts';
import { optionName } from '../../src/domain/planner/select.ts';
import { duration, usd } from '../../src/domain/planner/span.ts';

/** A plan for people to read, as Markdown. */
export function planText(answer: PlanAnswer): string {
  if ('refused' in answer) {
    const lines = answer.refused.map(({ code, message, source }) => `- **${code}** ${message} (${source})`);
    return ['It cannot run as it is asked for:', '', ...lines].join('\n').concat('\n');
  }
  return [...headOf(answer), ...numbersOf(answer.chosen), ...restOf(answer)].join('\n').concat('\n');
}

function headOf({ chosen, plannedOn, region, why }: Plan): string[] {
  const { low, high } = chosen.cost;
  return [
    `**${optionName(chosen)}**: likely ${duration(chosen.time.likely)} and ${usd(chosen.cost.likely)}, planned on ${plannedOn} for ${region}.`,
    '',
    `- time ${duration(chosen.time.low)} to ${duration(chosen.time.high)}; cost ${usd(low)} to ${usd(high)}; worst case over all retries ${usd(chosen.worstCaseUsd)}, of one attempt ${usd(chosen.attemptWorstUsd)}`,
    `- ${placeText(chosen)}`,
    '',
    'Why:',
    '',
    ...why.map((sentence) => `- ${sentence}`),
    '',
  ];
}

function placeText({ instances, perInstance, rounds, network, placement, instanceType }: PlanOption): string {
  const where = instanceType === null ? 'machines of its own' : instanceType;
  const group = placement === 'cluster' ? ', in a cluster placement group' : '';
  return `${instances} × ${where}, ${perInstance} on each, ${rounds} ${rounds === 1 ? 'round' : 'rounds'}; network: ${network}${group}`;
}

function numbersOf({ attempt, time, compute, cost, storage, transfer }: PlanOption): string[] {
  const rows: [string, Estimate][] = [
    ['attempt', attempt],
    ['compute', compute],
  ];
  rows.push(...storage.map((one): [string, Estimate] => [one.name, one.cost]));
  if (transfer !== null)
    rows.push([`${transfer.name} time`, transfer.time], [`${transfer.name} cost`, transfer.cost]);
  rows.push(['time', time], ['cost', cost]);
  const sources = new Map(rows.flatMap(([, { sources: all }]) => all).map(({ what, date }) => [what, date]));
  return [
    'Numbers, low / likely / high:',
    '',
    ...rows.map(([name, number]) => `- ${name} ${amounts(number).join(' / ')}: ${number.formula}`),
    '',
    'Sources:',
    '',
    ...[...sources].map(([what, date]) => `- ${date} ${what}`),
    '',
  ];
}

function amounts({ low, likely, high, unit }: Estimate): string[] {
  return [low, likely, high].map(unit === 'USD' ? usd : duration);
}

function restOf({ cheapest, fastest, cheapestByDeadline, rejected, others, warnings }: Plan): string[] {
  const short = (option: PlanOption): string =>
    `${optionName(option)}, ${usd(option.cost.likely)}, ${duration(option.time.likely)}`;
  const lines = [`- cheapest: ${short(cheapest)}`, `- fastest: ${short(fastest)}`];
  if (cheapestByDeadline !== null) lines.push(`- cheapest by the deadline: ${short(cheapestByDeadline)}`);
  const price = (value: number | null): string => (value === null ? 'no price' : usd(value));
  const time = (value: number | null): string => (value === null ? '' : `, ${duration(value)}`);
  lines.push('', 'Not chosen:', '');
  for (const { kind, name, usd: cost, seconds, reason } of rejected) {
    lines.push(`- ${kind} ${name} (${price(cost)}${time(seconds)}): ${reason}`);
  }
  for (const { code, message, count } of others) lines.push(`- ${count} more ${code}, such as ${message}`);
  if (warnings.length > 0) {
    lines.push('', 'Warnings:', '', ...warnings.map(({ code, message }) => `- **${code}** ${message}`));
  }
  return lines;
}
