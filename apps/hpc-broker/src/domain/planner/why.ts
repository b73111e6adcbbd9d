import type { PlanOption } from '@groundwork/contracts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Need } from './need.ts';
import type { Question } from './question.ts';
import type { Weighed } from './way.ts';
import { optionName } from './select.ts';
import { reclaimRate, youngInterval } from './spot-loss.ts';
import { duration, num, plural, usd } from './span.ts';

interface Seen {
  ways: readonly Weighed[];
  looked: number;
}

/** Why it is this plan, in sentences. */
export function whyIt(
  job: Question,
  need: Need,
  chosen: PlanOption,
  fastest: Weighed,
  catalogue: Catalogue,
  seen: Seen,
): string[] {
  return [
    first(job, chosen, seen),
    ...ofDeadline(job, chosen, fastest),
    ...ofPlace(need, chosen),
    ...ofSpot(job, need, chosen, catalogue, seen),
    ...chosen.storage.map(({ name, what, cost }) =>
      name === 'own'
        ? `Storage: ${what}.`
        : `Storage: ${what}. The cheapest that does what is asked for, ${usd(cost.likely)}.`,
    ),
    ...ofData(job, chosen),
    ...ofCalibration(chosen),
    ...ofCap(job, chosen),
  ];
}

function first(
  { objective, remainingSeconds }: Question,
  chosen: PlanOption,
  { ways, looked }: Seen,
): string {
  const best = objective === 'fastest' ? 'fastest' : 'cheapest';
  const keeping = remainingSeconds === undefined ? '' : ' and keeps the deadline';
  const isOnly = ways.length === 1;
  const among = isOnly
    ? `the only way that works${keeping}`
    : `the ${best} of ${num(ways.length)} ways that work${keeping}`;
  return `${optionName(chosen)}: ${among}; ${plural(looked, 'place')} ${looked === 1 ? 'was' : 'were'} looked at.`;
}

function ofDeadline({ remainingSeconds: left }: Question, { time }: PlanOption, fastest: Weighed): string[] {
  if (left === undefined) return [];
  return [
    `The deadline is in ${duration(left)}: it takes ${duration(time.high)} at the high end. The fastest would likely take ${duration(fastest.time.likely)} and cost ${usd(fastest.cost.likely)}.`,
  ];
}

function ofPlace(
  need: Need,
  { engine, instanceType, instances, perInstance, rounds, network, placement }: PlanOption,
): string[] {
  const why: string[] = [];
  if (instanceType === null) why.push(`${engine.name} has room for it, and no instance has to be started.`);
  if (need.isGang) {
    const how = {
      batch: 'a multi-node parallel job of AWS Batch',
      slurm: 'one Slurm job',
      local: 'ranks on one machine',
    };
    why.push(`MPI over ${num(need.count)} nodes, all of them or none: ${how[engine.kind]}.`);
  }
  if (placement === 'cluster') why.push(`In a cluster placement group in one zone, with ${network}.`);
  if (rounds > 1) {
    why.push(`${num(instances)} × ${num(perInstance)} elements at the same time, so ${num(rounds)} rounds.`);
  }
  return why;
}

function ofSpot(
  job: Question,
  need: Need,
  chosen: PlanOption,
  { services }: Catalogue,
  { ways }: Seen,
): string[] {
  if (chosen.purchase !== 'spot') return [];
  const onDemand = ways.find(
    ({ purchase, shape, transfer }) =>
      purchase === 'on-demand' && shape === chosen.shape && transfer?.name === chosen.transfer?.name,
  );
  const why: string[] = [];
  if (onDemand !== undefined) {
    const [saved, lost] = [
      onDemand.cost.likely - chosen.cost.likely,
      chosen.time.likely - onDemand.time.likely,
    ];
    why.push(
      `Spot saves ${usd(saved)} of ${usd(onDemand.cost.likely)} On-Demand, for ${duration(lost)} more of likely time.`,
    );
  }
  const every = job.checkpoint?.everySeconds;
  if (job.checkpoint !== undefined && every !== undefined) {
    const rate = reclaimRate(services.spot.monthly.likely) * (need.isGang ? need.count : 1);
    const young = duration(youngInterval(job.checkpoint.costSeconds, rate));
    why.push(
      `It writes a checkpoint each ${duration(every)}; √(2C/λ) says that each ${young} would lose least.`,
    );
  }
  return why;
}

function ofData({ dataset }: Question, { transfer, engine }: PlanOption): string[] {
  if (dataset?.at !== 'on-premises') return [];
  if (transfer === null) return [`The data stays on premises, where ${engine.name} is taken to be.`];
  return [
    `${transfer.what}: ${duration(transfer.time.likely)}, ${duration(transfer.time.high)} at the high end, for ${usd(transfer.cost.likely)}.`,
  ];
}

function ofCalibration({ attempt, modelledSeconds }: PlanOption): string[] {
  const observed = attempt.sources.find(({ what }) => what.endsWith('attempts observed here'));
  if (observed === undefined) return [];
  return [`Its time goes by ${observed.what}, and not by the model's ${duration(modelledSeconds)} alone.`];
}

function ofCap({ maxCostUsd }: Question, { cost, worstCaseUsd }: PlanOption): string[] {
  if (maxCostUsd === undefined) return [];
  return [
    `${usd(cost.likely)} are likely, and ${usd(maxCostUsd)} allowed; if every retry were used up it would be ${usd(worstCaseUsd)}.`,
  ];
}
