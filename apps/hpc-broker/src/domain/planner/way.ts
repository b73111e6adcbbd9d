import type { Estimate, PlanOption, PlanSource } from '@groundwork/contracts';
import { add, spanText, spelled, type Span } from './span.ts';
import type { Store } from './storage/store.ts';
import type { OpenRoute } from './transfer/route.ts';

/** What one way is compared with others by. */
export interface Weighed {
  engine: PlanOption['engine'];
  purchase: PlanOption['purchase'];
  instanceType: string | null;
  instances: number;
  shape: string;
  time: Span;
  cost: Span;
  transfer: { name: string } | null;
}

/** A way that works, in numbers. */
export interface Way extends Weighed {
  /** All that is to be told of it. */
  spelt: () => PlanOption;
  otherStores: readonly Store[];
}

/** The same with its data brought there before. */
export function withRoute(way: Way, route: OpenRoute): Way {
  const [time, cost] = [add(route.seconds, way.time), add(route.usd, way.cost)];
  const { name, what, sources } = route;
  const spelt = (): PlanOption => {
    const option = way.spelt();
    const all = (of: Estimate): PlanSource[] => [...of.sources, ...sources];
    const timeText = `transfer ${spanText(route.seconds)} s + ${option.time.formula}`;
    const costText = `${option.cost.formula} + transfer ${spanText(route.usd)} USD`;
    return {
      ...option,
      time: spelled({ span: time, formula: () => timeText, sources: all(option.time) }, 'seconds'),
      cost: spelled({ span: cost, formula: () => costText, sources: all(option.cost) }, 'USD'),
      worstCaseUsd: option.worstCaseUsd + route.usd.high,
      transfer: {
        name,
        what,
        time: spelled({ span: route.seconds, formula: () => route.timeFormula, sources }, 'seconds'),
        cost: spelled({ span: route.usd, formula: () => route.costFormula, sources }, 'USD'),
      },
    };
  };
  return { ...way, time, cost, transfer: { name }, spelt };
}
