import type { PlanRule } from '@groundwork/contracts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { InstanceType } from '../catalogue/instance-table.ts';
import type { Need } from './need.ts';
import { typesFor, type EngineOffer, type Purchase } from './settings.ts';

export interface Candidate {
  engine: EngineOffer;
  purchase: Purchase;
  /** Undefined: machines of its own. */
  type: InstanceType | undefined;
}

/** One that does not work, and every reason why. */
export interface Unfit {
  candidate: Candidate;
  rules: readonly PlanRule[];
}

/** Everything that could be tried, whether or not it fits. */
export function candidatesOf(
  engines: readonly EngineOffer[],
  { instances }: Catalogue,
  only: string | undefined,
  { isGang }: Pick<Need, 'isGang'>,
): Candidate[] {
  return engines
    .filter(({ name }) => only === undefined || name === only)
    .flatMap((engine) =>
      engine.purchase.flatMap((purchase): Candidate[] => {
        if (purchase === 'owned') return [{ engine, purchase, type: undefined }];
        const types = typesFor(engine, isGang ? 'gang' : purchase);
        return instances.types
          .filter(({ type }) => types?.some((one) => isOf(type, one)) ?? true)
          .map((type) => ({ engine, purchase, type }));
      }),
    );
}

/** c8g.xlarge is of c8g.xlarge, and of c8g. */
const isOf = (type: string, typeOrFamily: string): boolean =>
  type === typeOrFamily || type.startsWith(`${typeOrFamily}.`);

/** batch spot c8g.xlarge */
export function nameOf({ engine, purchase, type }: Candidate): string {
  return [engine.name, ...(type === undefined ? [] : [purchase, type.type])].join(' ');
}
