import { describe, expect, it } from 'vitest';
import type { EngineOffer } from '../../src/domain/planner/settings.ts';
import { BATCH, CLUSTER, LOCAL, planFor, refusedFor } from './support.ts';

const only = (type: string, cores: number): EngineOffer[] => [{ ...BATCH, instanceTypes: [type], cores }];
const array = (size: number, resources: object, atOnce?: number): object => ({
  array: { size, ...(atOnce === undefined ? {} : { atOnce }) },
  resources,
  purchase: 'on-demand',
});

describe('Elements share a machine', () => {
  it('by its cores', () => {
    // 16 cores, of which 3 each: 5, and 100 of them need 20 machines.
    const { chosen } = planFor(array(100, { cores: 3 }), only('c8g.4xlarge', 1_000));
    expect(chosen).toMatchObject({ perInstance: 5, instances: 20, rounds: 1 });
  });

  it('by the memory that kernel and agents leave', () => {
    // 32,768 MiB × 0.93 are 30,474: three times 10,000, and not the four that 8,192 would be.
    const { chosen } = planFor(array(9, { memoryMiB: 10_000 }), only('c8g.4xlarge', 1_000));
    expect(chosen).toMatchObject({ perInstance: 3, instances: 3 });
    expect(refusedFor(array(9, { memoryMiB: 32_768 }), only('c8g.4xlarge', 1_000))).toEqual([
      'too_little_memory',
    ]);
  });

  it('by its GPUs', () => {
    const { chosen } = planFor(array(10, { gpus: 2 }), only('g6.48xlarge', 1_000));
    expect(chosen).toMatchObject({ perInstance: 4, instances: 3 });
  });

  it('up to the ceiling to EBS, of which all have a part', () => {
    const storage = { gib: 100, iops: 3_000 };
    // 40,000 IOPS for 16 volumes of 3,000 are too few.
    expect(refusedFor(array(100, { storage }), only('c8g.4xlarge', 1_000))).toContain('gp3_beyond_instance');
    expect(planFor(array(100, { cores: 2, storage }), only('c8g.4xlarge', 1_000)).chosen.perInstance).toBe(8);
  });

  it('and pay for what is left over', () => {
    const of = (size: number) => planFor(array(size, { cores: 16 }), only('c8g.16xlarge', 1_000)).chosen;
    expect(of(5).instances).toBe(2);
    expect(of(5).compute.likely).toBeCloseTo(of(8).compute.likely, 9);
  });
});

describe('Rounds', () => {
  it('are as many as an engine has too few cores for', () => {
    // 200 cores are three machines of 64, and never four.
    const { chosen } = planFor(array(100, { cores: 16 }), only('c8g.16xlarge', 200));
    expect(chosen).toMatchObject({ instances: 3, perInstance: 4, rounds: 9 });
    expect(chosen.time.likely).toBeCloseTo(180 + 9 * chosen.attempt.likely, 6);
  });

  it('are as many as atOnce makes them', () => {
    const { chosen } = planFor(array(100, { cores: 16 }, 10), only('c8g.16xlarge', 8_192));
    expect(chosen).toMatchObject({ instances: 3, rounds: 10 });
  });

  it('cost the same machines for longer', () => {
    const of = (size: number) => planFor(array(size, { cores: 64 }), only('c8g.16xlarge', 64)).chosen;
    const start = (180 / 3_600) * 2.55232;
    expect(of(10).compute.likely - start).toBeCloseTo(5 * (of(2).compute.likely - start), 9);
  });
});

describe('Nodes of a gang', () => {
  it('get a machine each, where machines are started for them', () => {
    const gang = { mpi: { nodes: 3, ranksPerNode: 8 }, purchase: 'on-demand' };
    expect(planFor(gang, only('c8g.16xlarge', 200)).chosen).toMatchObject({ instances: 3, perInstance: 1 });
    expect(refusedFor(gang, only('c8g.16xlarge', 191))).toEqual(['engine_too_small']);
  });

  it('share the one machine that there is', () => {
    const gang = { mpi: { nodes: 4, ranksPerNode: 2 } };
    expect(planFor(gang, [LOCAL]).chosen).toMatchObject({ instances: 1, perInstance: 4 });
    expect(refusedFor({ mpi: { nodes: 5, ranksPerNode: 2 } }, [LOCAL])).toEqual(['engine_too_small']);
  });

  it('share its cores as well, where an engine lets them: that takes as much longer', () => {
    const gang = { mpi: { nodes: 5, ranksPerNode: 4 }, workSeconds: 100, resources: { memoryMiB: 1_024 } };
    const small: EngineOffer = { ...LOCAL, cores: 4, memoryMiB: 8_192, sharesCores: true };
    const { chosen } = planFor(gang, [small]);
    expect(chosen).toMatchObject({ instances: 1, perInstance: 5, rounds: 1, modelledSeconds: 500 });
    expect(chosen.attempt.formula).toContain('5 ranks share each core');
    expect(refusedFor({ ...gang, resources: { memoryMiB: 2_048 } }, [small])).toEqual(['too_little_memory']);
    expect(refusedFor({ array: { size: 2 }, resources: { cores: 8 } }, [small])).toEqual(['too_few_cores']);
  });

  it('get a node each of a cluster of its own, which costs what its cores cost', () => {
    const own: EngineOffer = {
      ...CLUSTER,
      purchase: ['owned'],
      cores: 64,
      memoryMiB: 262_144,
      nodes: 4,
      usdPerCoreHour: 0.02,
    };
    const gang = { mpi: { nodes: 4, ranksPerNode: 8 }, resources: { cores: 8 }, walltimeSeconds: 3_600 };
    const { chosen } = planFor(gang, [own]);
    expect(chosen).toMatchObject({ instances: 4, perInstance: 1 });
    expect(chosen.cost.likely).toBeCloseTo(4 * 8 * 0.02, 9);
    expect(refusedFor({ mpi: { nodes: 5, ranksPerNode: 8 } }, [own])).toEqual(['engine_too_small']);
    expect(refusedFor({ mpi: { nodes: 2, ranksPerNode: 8, network: 'efa' } }, [own])).toEqual(['no_efa']);
  });
});

describe('Machines of its own', () => {
  it('take what is to be bought on Spot only where they are named', () => {
    const spot = { purchase: 'spot', walltimeSeconds: 60 };
    expect(planFor(spot, [LOCAL, BATCH]).chosen.purchase).toBe('spot');
    expect(planFor({ ...spot, engine: 'local' }, [LOCAL, BATCH]).chosen.purchase).toBe('owned');
    expect(refusedFor(spot, [LOCAL])).toEqual(['other_purchase']);
  });
});
