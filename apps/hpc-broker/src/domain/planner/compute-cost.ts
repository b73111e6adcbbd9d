import type { Question } from './question.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Candidate } from './candidates.ts';
import type { Need } from './need.ts';
import type { Placing } from './place.ts';
import { exactly, num, sourceOf, spanText, times, type Reckoned, type Span } from './span.ts';

export interface ComputeCost extends Reckoned {
  /** An hour of all instances at the highest price that they can have. */
  worstUsdPerHour: number;
}

/** `seconds` is how long its machines are there: start, and all rounds of an array. */
export function computeCost(
  job: Question,
  need: Need,
  candidate: Candidate,
  placing: Placing,
  seconds: Span,
  { instances: table, services }: Catalogue,
): ComputeCost {
  const { engine, type, purchase } = candidate;
  const hours = times(seconds, 1 / 3_600);
  if (type?.usdPerHour === undefined) {
    const rate = engine.usdPerCoreHour ?? 0;
    const cores = placing.together * need.cores;
    const formula = (): string =>
      rate === 0
        ? `0 USD: ${engine.name} is there anyway`
        : `${num(cores)} cores × ${spanText(hours)} h × ${num(rate)} USD`;
    return {
      span: times(hours, cores * rate),
      worstUsdPerHour: cores * rate,
      formula,
      sources: [{ what: `settings of ${engine.name}`, date: job.plannedOn }],
    };
  }
  const { instances } = placing;
  const hourly = type.usdPerHour;
  const price = purchase === 'spot' ? times(services.spot.price, hourly) : exactly(hourly);
  const paid = (): string => (purchase === 'spot' ? ` × ${spanText(services.spot.price)} of On-Demand` : '');
  return {
    span: times(times(hours, price), instances),
    // Spot never costs more than On-Demand, where no higher price is asked for.
    worstUsdPerHour: instances * hourly,
    formula: () => `${num(instances)} × ${type.type} × ${spanText(hours)} h × ${num(hourly)} USD${paid()}`,
    sources: [table.prices, ...(purchase === 'spot' ? [sourceOf(services.spot.price)] : [])],
  };
}

/** Attempts that one element may have, if all its budgets were used up. */
export function mostAttempts({ retries }: Question, { purchase }: Candidate): number {
  return 1 + retries.user + retries.infrastructure + (purchase === 'on-demand' ? 0 : retries.preemption);
}
