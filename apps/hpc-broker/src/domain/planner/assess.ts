import type { PlanOption, PlanRule } from '@groundwork/contracts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { InstanceType } from '../catalogue/instance-table.ts';
import { attemptTime } from './attempt-time.ts';
import { factorOf } from './calibration.ts';
import type { Candidate } from './candidates.ts';
import { computeCost, mostAttempts } from './compute-cost.ts';
import { needText, type Need } from './need.ts';
import { place } from './place.ts';
import type { Question } from './question.ts';
import { broken } from './rules.ts';
import type { CalibrationBook } from './settings.ts';
import { add, NOTHING, num, sourceOf, spanText, spelled, times, type Reckoned, type Span } from './span.ts';
import { chooseStorage } from './storage/choose-storage.ts';
import type { FittingStore } from './storage/store.ts';
import type { Way, Weighed } from './way.ts';
import { workTime } from './work-time.ts';

/** One place, as a way of running the job; or every reason why it is none. */
export function assess(
  job: Question,
  need: Need,
  candidate: Candidate,
  catalogue: Catalogue,
  calibration: CalibrationBook | undefined,
): Way | PlanRule[] {
  const { services } = catalogue;
  const { engine, type, purchase } = candidate;
  // A limit says nothing of how long it takes: what others of that size took is not what this one will take.
  const said = job.workSeconds === undefined ? '-limit' : '';
  const shape = `${needText(need)}${said}@${engine.name}${type === undefined ? '' : `:${type.type}`}`;
  const rules = broken(job, need, candidate, services);
  const placing = place(need, candidate, services);
  const factor = said === '' ? factorOf(calibration?.of(shape)) : undefined;
  const ranksPerCore = Array.isArray(placing) ? 1 : placing.ranksPerCore;
  const work = workTime(job, candidate, services, factor, job.plannedOn, ranksPerCore);
  const attempt = attemptTime(job, need, candidate, work, services);
  if (Array.isArray(placing)) rules.push(...placing);
  if (Array.isArray(attempt)) rules.push(...attempt);
  if (Array.isArray(placing) || Array.isArray(attempt)) return rules;

  const start = type === undefined ? NOTHING : services.start;
  const { together, rounds } = placing;
  const run = { ...times(attempt.span, rounds), high: attempt.last(together, rounds) };
  const there = add(start, run);
  const storage = chooseStorage(need, candidate, placing, there, services, job.plannedOn);
  if (Array.isArray(storage)) return [...rules, ...storage];
  if (rules.length > 0) return rules;

  const paid = add(start, times(attempt.paid, rounds));
  const compute = computeCost(job, need, candidate, placing, paid, catalogue);
  const stored = storage.chosen.reduce((sum, { cost }) => add(sum, cost.span), NOTHING);
  // Attempts end at walltime and after the grace of a checkpoint; what is stored meanwhile is paid as well.
  const attemptSeconds = start.high + job.walltimeSeconds + (job.checkpoint?.graceSeconds ?? 0);
  const atOnceUsd = (attemptSeconds / 3_600) * compute.worstUsdPerHour;
  const storedUsd = stored.high * Math.max(1, (rounds * attemptSeconds) / there.high);
  const cost = add(compute.span, stored);
  const weighed: Weighed = {
    engine: { name: engine.name, kind: engine.kind },
    purchase,
    instanceType: type?.type ?? null,
    instances: placing.instances,
    shape,
    time: there,
    cost,
    transfer: null,
  };
  const spelt = (): PlanOption => ({
    ...weighed,
    perInstance: placing.perInstance,
    rounds,
    network: networkOf(need, type),
    placement: isNear(need, candidate) ? 'cluster' : 'none',
    modelledSeconds: work.modelledSeconds,
    attempt: spelled(attempt, 'seconds'),
    time: spelled(
      {
        span: there,
        formula: () => timeFormula(type, rounds, attempt.span, run, services.start),
        sources: type === undefined ? attempt.sources : [...attempt.sources, sourceOf(services.start)],
      },
      'seconds',
    ),
    cost: spelled(
      {
        span: cost,
        formula: () => costFormula(compute, storage.chosen),
        sources: [compute, ...storage.chosen.map((one) => one.cost)].flatMap(({ sources }) => sources),
      },
      'USD',
    ),
    worstCaseUsd: Math.max(cost.high, mostAttempts(job, candidate) * (rounds * atOnceUsd + storedUsd)),
    // A gang is one attempt; elements of an array are one each.
    attemptWorstUsd: need.isGang ? atOnceUsd + storedUsd : atOnceUsd / together + storedUsd / need.count,
    compute: spelled(compute, 'USD'),
    storage: storage.chosen.map((one) => ({
      name: one.name,
      what: one.what(),
      cost: spelled(one.cost, 'USD'),
    })),
    transfer: null,
  });
  return { ...weighed, spelt, otherStores: storage.rejected };
}

function costFormula(compute: Reckoned, stores: readonly FittingStore[]): string {
  const stored = stores.map(({ name, cost }) => ` + ${name} ${spanText(cost.span)}`).join('');
  return `compute ${spanText(compute.span)}${stored} USD`;
}

function timeFormula(
  type: InstanceType | undefined,
  rounds: number,
  attempt: Span,
  run: Span,
  start: Span,
): string {
  const worst = run.high > rounds * attempt.high ? `, high ${num(run.high)} s, as the last one ends` : '';
  const each = `${rounds === 1 ? '' : `${num(rounds)} rounds × `}${spanText(attempt)} s${worst}`;
  return type === undefined ? each : `start ${spanText(start)} s + ${each}`;
}

/** A gang gets a cluster placement group wherever its engine can have one. */
function isNear({ isGang }: Need, { engine, type }: Candidate): boolean {
  return (
    isGang && type?.clusterPlacement === true && engine.placementGroup !== false && (engine.zones ?? 1) === 1
  );
}

function networkOf(need: Need, type: InstanceType | undefined): string {
  if (type === undefined) return need.count > 1 ? 'as it is there' : 'none needed';
  if (type.network === '82599') return `Intel 82599, up to ${num(type.networkGbps)} Gbps: legacy`;
  if (need.network === 'efa') return `EFA, ${num(type.networkGbps)} Gbps`;
  const { networkGbps: peak, networkBaselineGbps: baseline } = type;
  return baseline < peak
    ? `ENA, up to ${num(peak)} Gbps, ${num(baseline)} of them always`
    : `ENA, ${num(peak)} Gbps`;
}
