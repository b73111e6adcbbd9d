import type { Plan } from '@groundwork/contracts';
import { describe, expect, it } from 'vitest';
import type { EngineOffer } from '../../src/domain/planner/settings.ts';
import { BATCH, LOCAL, planFor, refusedFor } from './support.ts';

const OWN: EngineOffer = {
  ...BATCH,
  instanceTypesFor: { 'on-demand': ['c7i'], spot: ['c8g.4xlarge'], gang: ['hpc7g.16xlarge'] },
};
const GANG = { mpi: { nodes: 2, ranksPerNode: 8 } };

const placesOf = ({ chosen, rejected }: Plan): string[] => [
  `${chosen.purchase} ${chosen.instanceType}`,
  ...rejected.flatMap(({ kind, name, usd }) =>
    kind === 'compute' && usd !== null ? [name.replace(/^batch /, '')] : [],
  ),
];

describe('Where an engine has instance types of its own for each use', () => {
  it('a gang is planned on those for gangs, at their price', () => {
    const plan = planFor(GANG, [OWN]);
    expect(placesOf(plan)).toEqual(['on-demand hpc7g.16xlarge']);
    expect(plan.chosen.compute.formula).toMatch(/^2 × hpc7g\.16xlarge × .* h × 1\.683 USD$/);
    // It is dearer than what it would have been planned on else.
    const merged = planFor(GANG, [{ ...BATCH, instanceTypes: ['c7i', 'c8g.4xlarge', 'hpc7g.16xlarge'] }]);
    expect(merged.chosen.cost.likely).toBeLessThan(plan.chosen.cost.likely);
    expect(refusedFor({ ...GANG, maxCostUsd: merged.chosen.cost.likely }, [OWN])).toEqual(['over_max_cost']);
  });

  it('one node is planned on those by which it is bought', () => {
    const places = placesOf(planFor({ resources: { cores: 8 } }, [OWN]));
    expect(places).toContain('spot c8g.4xlarge');
    expect(places).toContain('on-demand c7i.4xlarge');
    for (const place of places) expect(place).toMatch(/^(spot c8g\.4xlarge|on-demand c7i\.)/);
  });

  it('as many places are counted as there are', () => {
    expect(planFor(GANG, [OWN]).why[0]).toContain('2 places were looked at');
    expect(planFor({}, [{ ...OWN, purchase: ['spot'] }]).why[0]).toContain('1 place was looked at');
  });

  it('those of a use that is not named are any', () => {
    const { gang: _, ...rest } = OWN.instanceTypesFor!;
    const any = planFor(GANG, [{ ...OWN, instanceTypesFor: rest }]);
    expect(any.chosen).toEqual(planFor(GANG, [BATCH]).chosen);
  });
});

it('A gang goes elsewhere where an engine starts none, and else is refused', () => {
  const none: EngineOffer = { ...OWN, gangs: false };
  expect(refusedFor({ ...GANG, purchase: 'on-demand' }, [none])).toEqual(['batch_mnp_queue']);
  expect(planFor({ mpi: { nodes: 2, ranksPerNode: 2 } }, [none, LOCAL]).chosen.engine.name).toBe('local');
  expect(planFor({}, [none]).chosen.engine.name).toBe('batch');
});
