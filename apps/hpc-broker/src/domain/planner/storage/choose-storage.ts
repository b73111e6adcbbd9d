import type { PlanRule } from '@groundwork/contracts';
import type { Services } from '../../catalogue/services.ts';
import type { Candidate } from '../candidates.ts';
import type { Need } from '../need.ts';
import type { Placing } from '../place.ts';
import type { Span } from '../span.ts';
import { gp3, instanceStore, io2 } from './block.ts';
import { efs, lustre, ownDiscs, s3 } from './shared.ts';
import type { FittingStore, StorageNeed, Store } from './store.ts';

/** The cheapest store for each thing that is needed, and all the others. */
export interface ChosenStorage {
  chosen: FittingStore[];
  rejected: Store[];
}

/** Or, where nothing would do, what comes nearest and why it would not. */
export function chooseStorage(
  need: Need,
  candidate: Candidate,
  placing: Placing,
  seconds: Span,
  services: Services,
  plannedOn: string,
): ChosenStorage | PlanRule[] {
  const wanted = wantedOf(need, placing, seconds);
  const result: ChosenStorage = { chosen: [], rejected: [] };
  const rules: PlanRule[] = [];
  for (const one of wanted) {
    const stores = storesFor(one, candidate, services, plannedOn);
    const best = stores
      .filter((store) => store.fits)
      .toSorted((a, b) => a.cost.span.likely - b.cost.span.likely || a.cost.span.high - b.cost.span.high)[0];
    if (best === undefined) rules.push(...stores.flatMap(whyNot));
    else {
      result.chosen.push(best);
      result.rejected.push(...stores.filter((store) => store !== best));
    }
  }
  return rules.length > 0 ? rules : result;
}

function wantedOf(need: Need, { together, perInstance }: Placing, seconds: Span): StorageNeed[] {
  const { storage, scratchGib } = need;
  const common = { seconds, perInstance, efa: need.network === 'efa' };
  const wanted: StorageNeed[] = [];
  const own = (storage?.shared === false ? storage.gib : 0) + (scratchGib ?? 0);
  const speed = { iops: storage?.iops, mibPerSecond: storage?.mibPerSecond };
  if (storage?.shared === true) {
    wanted.push({ ...common, ...speed, gib: storage.gib, shared: true, copies: 1 });
  }
  if (own > 0) {
    const asFast = storage?.shared === false ? speed : { iops: undefined, mibPerSecond: undefined };
    wanted.push({ ...common, ...asFast, gib: own, shared: false, copies: together });
  }
  return wanted;
}

function storesFor(
  need: StorageNeed,
  { type, engine }: Candidate,
  services: Services,
  plannedOn: string,
): Store[] {
  if (type === undefined) return [ownDiscs(engine.name, need.gib, plannedOn)];
  if (need.shared) return [...lustre(need, services), efs(need, services), s3(services)];
  return [
    instanceStore(need, type, services),
    gp3(need, type, services.ebs),
    io2(need, type, services.ebs),
    s3(services),
  ];
}

/** What a person would have asked for instead is told, and not that S3 is no file system. */
function whyNot(store: Store): PlanRule[] {
  if (store.fits || store.name === 'S3') return [];
  return [{ code: store.code, message: `${store.name}: ${store.reason}`, source: store.source }];
}
