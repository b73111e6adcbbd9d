import type { Plan, PlanOption, RejectedAlternative } from '@groundwork/contracts';
import type { Weighed } from './way.ts';
import type { Unfit } from './candidates.ts';
import type { Question } from './question.ts';
import { byCost, optionName } from './select.ts';
import { duration, usd } from './span.ts';
import type { Store } from './storage/store.ts';
import type { Route } from './transfer/route.ts';

/** Of each engine and way of buying. */
const BEST = 2;

interface Rest {
  ways: readonly Weighed[];
  unfit: readonly Unfit[];
  routes: readonly Route[];
  stores: readonly Store[];
}

/** What was not chosen: the best few of each kind with their price, and of the others how many and why. */
export function leftOut(job: Question, chosen: PlanOption, rest: Rest): Pick<Plan, 'rejected' | 'others'> {
  const { shown, more } = computeLeftOut(job, chosen, likeForLike(chosen, rest.ways));
  const others = new Map<string, { code: string; message: string; count: number }>();
  const count = (code: string, message: string): void => {
    const before = others.get(code);
    others.set(code, { code, message: before?.message ?? message, count: (before?.count ?? 0) + 1 });
  };
  for (const { option, reason } of more) count(reason.code, `${optionName(option)}: ${reason.text}`);
  for (const { rules } of rest.unfit) {
    const [first] = rules;
    if (first !== undefined) count(first.code, first.message);
  }
  return {
    rejected: [
      ...shown,
      ...spotFleet(rest.ways),
      ...rest.stores.map((store) => storeLeftOut(store, chosen)),
      ...rest.routes.flatMap((route) => routeLeftOut(route, job, chosen, rest.ways)),
    ],
    others: [...others.values()].toSorted((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1)),
  };
}

/** Places are compared with the data coming the same way; the other ways are told by themselves. */
function likeForLike(chosen: PlanOption, options: readonly Weighed[]): Weighed[] {
  const way = chosen.transfer?.name;
  return options.filter(({ transfer }) => way === undefined || transfer === null || transfer.name === way);
}

interface Reason {
  code: string;
  text: string;
}

function computeLeftOut(
  job: Question,
  chosen: PlanOption,
  options: readonly Weighed[],
): { shown: RejectedAlternative[]; more: { option: Weighed; reason: Reason }[] } {
  const shown: RejectedAlternative[] = [];
  const more: { option: Weighed; reason: Reason }[] = [];
  const seen = new Set([placeOf(chosen)]);
  const taken = new Map<string, number>();
  for (const option of options.toSorted(byCost)) {
    if (seen.has(placeOf(option))) continue;
    seen.add(placeOf(option));
    const reason = reasonAgainst(job, chosen, option);
    const kind = `${option.engine.name} ${option.purchase}`;
    const before = taken.get(kind) ?? 0;
    if (before >= BEST) {
      more.push({ option, reason });
      continue;
    }
    taken.set(kind, before + 1);
    shown.push({
      kind: 'compute',
      name: optionName(option),
      usd: option.cost.likely,
      seconds: option.time.likely,
      reason: reason.text,
      source: null,
    });
  }
  return { shown, more };
}

const placeOf = ({ engine, purchase, instanceType }: Weighed): string =>
  `${engine.name} ${purchase} ${instanceType}`;

function reasonAgainst(job: Question, chosen: PlanOption, option: Weighed): Reason {
  const [dearer, slower] = [option.cost.likely - chosen.cost.likely, option.time.likely - chosen.time.likely];
  const left = job.remainingSeconds;
  if (job.maxCostUsd !== undefined && option.cost.likely > job.maxCostUsd) {
    return { code: 'over_max_cost', text: `costs more than maxCostUsd, ${usd(job.maxCostUsd)}` };
  }
  if (left !== undefined && option.time.high > left) {
    return {
      code: 'too_late',
      text: `may take ${duration(option.time.high)}, and ${duration(left)} are left`,
    };
  }
  if (job.objective === 'fastest' && slower > 0) {
    return { code: 'slower', text: `takes ${duration(slower)} longer` };
  }
  if (dearer > 0) return { code: 'dearer', text: `costs ${usd(dearer)} more` };
  return { code: 'no_better', text: 'costs as much and is no faster' };
}

function spotFleet(options: readonly Weighed[]): RejectedAlternative[] {
  if (!options.some(({ purchase }) => purchase === 'spot')) return [];
  return [
    {
      kind: 'compute',
      name: 'Spot Fleet',
      usd: null,
      seconds: null,
      reason:
        'legacy: the engine asks for Spot by an EC2 Fleet or an Auto Scaling group instead, at the same price',
      source: 'docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-best-practices.html',
    },
  ];
}

function storeLeftOut(store: Store, chosen: PlanOption): RejectedAlternative {
  const common = { kind: 'storage', name: store.name, seconds: null } as const;
  if (!store.fits) return { ...common, usd: null, reason: store.reason, source: store.source };
  const least = chosen.storage.reduce((sum, { cost }) => sum + cost.likely, 0);
  const dearer = store.cost.span.likely - least;
  const reason = dearer > 0 ? `costs ${usd(dearer)} more` : 'costs as much';
  return { ...common, usd: store.cost.span.likely, reason, source: store.cost.sources[0]?.what ?? null };
}

function routeLeftOut(
  route: Route,
  job: Question,
  chosen: PlanOption,
  options: readonly Weighed[],
): RejectedAlternative[] {
  if (route.name === chosen.transfer?.name) return [];
  const common = { kind: 'transfer', name: route.name } as const;
  if (!route.open) {
    return [
      { ...common, usd: null, seconds: route.seconds ?? null, reason: route.reason, source: route.source },
    ];
  }
  const [byIt] = options.filter(({ transfer }) => transfer?.name === route.name).toSorted(byCost);
  if (byIt === undefined) return [];
  const { text } =
    chosen.transfer === null
      ? { text: 'the data does not have to be moved' }
      : reasonAgainst(job, chosen, byIt);
  const [source] = route.sources;
  return [
    {
      ...common,
      usd: route.usd.likely,
      seconds: route.seconds.likely,
      reason: text,
      source: source?.what ?? null,
    },
  ];
}
