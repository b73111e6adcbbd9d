import type { JobSpec, Plan, PlanAnswer, PlanRule } from '@groundwork/contracts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { candidatesOf, nameOf, type Candidate, type Unfit } from './candidates.ts';
import { needOf, type Need } from './need.ts';
import { assess } from './assess.ts';
import { withRoute, type Way } from './way.ts';
import { questionOf, type Question } from './question.ts';
import { leftOut } from './left-out.ts';
import { refusals } from './refusals.ts';
import { select } from './select.ts';
import { awayIn, type PlannerSettings } from './settings.ts';
import type { OpenRoute, Route } from './transfer/route.ts';
import { routesFor } from './transfer/routes.ts';
import { warningsFor } from './warnings.ts';
import { whyIt } from './why.ts';

/**
 * Where and how a job is to run, what that takes and costs, and why not otherwise; or why it cannot run as
 * it is asked for. Pure: the same spec, catalogue and settings always give the same plan.
 *
 * Throws an Error when the catalogue is of another region than the settings.
 */
export function plan(spec: JobSpec, catalogue: Catalogue, settings: PlannerSettings): PlanAnswer {
  return planFor(questionOf(spec, settings.now), catalogue, settings);
}

/** The same, of what matters of a job. */
export function planFor(
  job: Question,
  catalogue: Catalogue,
  { engines, region, calibration }: Omit<PlannerSettings, 'now'>,
): PlanAnswer {
  if (catalogue.region !== region) {
    throw new Error(`The catalogue is of ${catalogue.region}, and the plan is to be for ${region}`);
  }
  const need = needOf(job);
  const [fit, unfit, away]: [Way[], Unfit[], (Unfit & { way: Way })[]] = [[], [], []];
  for (const candidate of candidatesOf(engines, catalogue, job.engine, need)) {
    const result = assess(job, need, candidate, catalogue, calibration);
    const reason = awayIn(candidate.engine, candidate.purchase);
    if (Array.isArray(result)) unfit.push({ candidate, rules: result });
    else if (reason === undefined) fit.push(result);
    else away.push({ candidate, rules: [awayRule(candidate, reason)], way: result });
  }
  const now = answerFor(job, need, catalogue, { fit, unfit: [...unfit, ...away] });
  if (away.length === 0 || !('refused' in now)) return now;
  const later = answerFor(job, need, catalogue, { fit: [...fit, ...away.map(({ way }) => way)], unfit });
  return 'refused' in later ? later : { ...later, warnings: [...later.warnings, ...waitsFor(later, away)] };
}

/** `fit`: where it may be chosen to run. */
function answerFor(
  job: Question,
  need: Need,
  catalogue: Catalogue,
  { fit, unfit }: { fit: readonly Way[]; unfit: readonly Unfit[] },
): PlanAnswer {
  if (fit.length === 0) return { refused: refusals(job, unfit) };

  const routes = job.dataset?.at === 'on-premises' ? routesFor(job.dataset, catalogue.services) : [];
  const ways = fit.flatMap((one) => broughtThere(one, routes));
  const selection = ways.length === 0 ? routes.flatMap(closedRule) : select(job, ways);
  if (Array.isArray(selection)) return { refused: selection };
  const chosen = selection.chosen.spelt();
  const why = whyIt(job, need, chosen, selection.fastest, catalogue, {
    ways,
    looked: fit.length + unfit.length,
  });
  return {
    plannedOn: job.plannedOn,
    region: catalogue.region,
    chosen,
    why,
    cheapest: selection.cheapest.spelt(),
    fastest: selection.fastest.spelt(),
    cheapestByDeadline: selection.cheapestByDeadline?.spelt() ?? null,
    ...leftOut(job, chosen, { ways, unfit, routes, stores: selection.chosen.otherStores }),
    warnings: warningsFor(job, chosen, catalogue, routes),
  };
}

function awayRule(candidate: Candidate, reason: string): PlanRule {
  const { name } = candidate.engine;
  return {
    code: 'nothing_begins_there',
    message: `${nameOf(candidate)}: ${reason}`,
    source: `state of ${name}`,
  };
}

/** Where only that can run it of which nothing begins at the moment. */
function waitsFor({ chosen }: Plan, away: readonly Unfit[]): PlanRule[] {
  const found = away.find(
    ({ candidate: { engine, purchase, type } }) =>
      engine.name === chosen.engine.name &&
      purchase === chosen.purchase &&
      (type?.type ?? null) === chosen.instanceType,
  );
  return (found?.rules ?? []).map((rule) => ({ ...rule, message: `${rule.message}; it waits there` }));
}

/** Machines of one's own are taken to be where the data is. */
function broughtThere(way: Way, routes: readonly Route[]): Way[] {
  if (way.instanceType === null || routes.length === 0) return [way];
  return routes.filter((route): route is OpenRoute => route.open).map((route) => withRoute(way, route));
}

function closedRule(route: Route): PlanRule[] {
  if (route.open) return [];
  return [{ code: 'no_way_for_data', message: `${route.name}: ${route.reason}`, source: route.source }];
}
