import { PlanAnswer, type Estimate, type PlanOption } from '@groundwork/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlanMemo } from '../../src/domain/planner/memo.ts';
import { plan } from '../../src/domain/planner/plan.ts';
import type { EngineOffer } from '../../src/domain/planner/settings.ts';
import { BATCH, catalogue, CLUSTER, job, LOCAL, NOW, settings } from './support.ts';

const many = { numRuns: 150 };
const int = (min: number, max: number) => fc.integer({ min, max });
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });
/** What each by itself refuses many jobs: were all of them there, hardly any would be planned. */
const rarely = <T>(one: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: one });

const storage = fc.record({
  gib: int(1, 100_000),
  iops: maybe(int(1, 300_000)),
  mibPerSecond: maybe(int(1, 5_000)),
  shared: fc.boolean(),
});
const resources = fc.record({
  cores: fc.oneof(int(1, 8), int(1, 200)),
  memoryMiB: maybe(
    fc.oneof({ weight: 3, arbitrary: int(16, 20_000) }, { weight: 1, arbitrary: int(16, 8_000_000) }),
  ),
  gpus: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: int(0, 9) }),
  arch: maybe(fc.constantFrom('x86_64', 'arm64')),
  scratchGiB: maybe(int(1, 5_000)),
  storage: rarely(storage),
});
const spread = fc.oneof(
  fc.constant({}),
  fc.record({ array: fc.record({ size: int(2, 10_000), atOnce: maybe(int(1, 10_000)) }) }),
  fc.record({
    mpi: fc.record({
      nodes: int(1, 20),
      ranksPerNode: int(1, 64),
      network: fc.constantFrom('any', 'low-latency', 'efa'),
    }),
  }),
);
const rest = fc.record({
  walltimeSeconds: int(60, 200_000),
  workShare: maybe(fc.double({ min: 0.01, max: 1.05, noNaN: true })),
  purchase: fc.constantFrom('any', 'any', 'on-demand', 'spot'),
  objective: fc.constantFrom('cheapest', 'fastest'),
  maxCostUsd: rarely(int(1, 10_000)),
  checkpoint: maybe(fc.record({ everySeconds: maybe(int(60, 7_200)), costSeconds: int(1, 300) })),
  dataset: maybe(
    fc.record({
      bytes: int(1, 1e15),
      at: fc.constantFrom('aws', 'on-premises'),
      uplinkMbps: maybe(int(1, 100_000)),
      directConnect: fc.boolean(),
    }),
  ),
  minutes: rarely(int(1, 60 * 24 * 30)),
});
const anyJob = fc.tuple(resources, spread, rest).map(([needs, over, { minutes, workShare, ...more }]) =>
  withoutUndefined({
    resources: needs,
    ...over,
    ...more,
    workSeconds: workShare === undefined ? undefined : workShare * more.walltimeSeconds,
    ...(minutes === undefined ? {} : by(minutes)),
  }),
);
const engines = fc.subarray([LOCAL, BATCH, CLUSTER], { minLength: 1 });

const by = (minutes: number) => ({ deadline: new Date(NOW.getTime() + minutes * 60_000).toISOString() });

function withoutUndefined(value: object): object {
  return JSON.parse(JSON.stringify(value)) as object;
}

function answer(input: object, offers: readonly EngineOffer[], from = catalogue) {
  return plan(job(input), from, settings(offers));
}

function optionsOf(found: PlanAnswer): PlanOption[] {
  if ('refused' in found) return [];
  const { chosen, cheapest, fastest, cheapestByDeadline } = found;
  return [chosen, cheapest, fastest, ...(cheapestByDeadline === null ? [] : [cheapestByDeadline])];
}

function estimatesOf({ attempt, time, cost, compute, storage: stores, transfer }: PlanOption): Estimate[] {
  const own = [attempt, time, cost, compute, ...stores.map((one) => one.cost)];
  return transfer === null ? own : [...own, transfer.time, transfer.cost];
}

describe('Whatever is asked for', () => {
  it('is either planned or refused with a reason, in the shape that the contract says', () => {
    const seen = { planned: 0, refused: 0 };
    fc.assert(
      fc.property(anyJob, engines, (input, offers) => {
        const found = answer(input, offers);
        expect(PlanAnswer.parse(found)).toEqual(found);
        seen['refused' in found ? 'refused' : 'planned']++;
      }),
      many,
    );
    // Else the others would show little.
    expect(seen.planned).toBeGreaterThan(30);
    expect(seen.refused).toBeGreaterThan(10);
  });

  it('has numbers that are low <= likely <= high, each with its formula and its sources', () => {
    fc.assert(
      fc.property(anyJob, engines, (input, offers) => {
        for (const option of optionsOf(answer(input, offers))) {
          for (const { low, likely, high, formula, sources } of estimatesOf(option)) {
            expect(low).toBeGreaterThanOrEqual(0);
            expect(likely).toBeGreaterThanOrEqual(low);
            expect(high).toBeGreaterThanOrEqual(likely);
            expect(Number.isFinite(high)).toBe(true);
            expect(formula).not.toBe('');
            expect(sources).not.toHaveLength(0);
          }
          expect(option.worstCaseUsd).toBeGreaterThanOrEqual(option.cost.high * 0.999_999);
        }
      }),
      many,
    );
  });

  it('is planned where it fits, and by no rule is forbidden', () => {
    fc.assert(
      fc.property(anyJob, engines, (input, offers) => {
        const spec = job(input);
        const found = answer(input, offers);
        for (const option of optionsOf(found)) {
          const type = catalogue.instances.types.find((one) => one.type === option.instanceType);
          if (spec.purchase !== 'any') expect(option.purchase).toBe(spec.purchase);
          if (spec.maxCostUsd !== undefined) expect(option.cost.likely).toBeLessThanOrEqual(spec.maxCostUsd);
          if (type === undefined) continue;
          const cores = Math.max(spec.resources.cores, spec.mpi?.ranksPerNode ?? 1) * option.perInstance;
          expect(cores).toBeLessThanOrEqual(type.cores);
          expect((spec.resources.memoryMiB ?? 0) * option.perInstance).toBeLessThan(type.memoryMib);
          expect(spec.resources.gpus * option.perInstance).toBeLessThanOrEqual(type.gpus);
          expect(type.usdPerHour).toBeGreaterThan(0);
          if (spec.resources.arch !== undefined) expect(type.arch).toBe(spec.resources.arch);
          if (option.purchase === 'spot') {
            expect(type.spot).toBe(true);
            expect(option.engine.kind === 'batch' && (spec.mpi?.nodes ?? 1) > 1).toBe(false);
          }
          if (spec.mpi?.network === 'efa') expect(type.efa).toBe(true);
          const isOnEbs = option.storage.some(({ name }) => name === 'io2' || name === 'gp3');
          if (isOnEbs && spec.resources.storage?.shared === false) {
            const iops = (spec.resources.storage.iops ?? 0) * option.perInstance;
            expect(iops).toBeLessThanOrEqual(type.ebsIops ?? 0);
          }
        }
        if ('refused' in found || spec.deadline === undefined) return;
        const left = (Date.parse(spec.deadline) - NOW.getTime()) / 1_000;
        expect(found.chosen.time.high).toBeLessThanOrEqual(left);
        expect(found.cheapestByDeadline?.time.high).toBeLessThanOrEqual(left);
      }),
      many,
    );
  });

  it('never becomes dearer by one more type that could be used', () => {
    const types = catalogue.instances.types;
    const some = fc.subarray(
      types.map((_, i) => i),
      { minLength: 20 },
    );
    fc.assert(
      fc.property(anyJob, engines, some, int(0, types.length - 1), (input, offers, few, extra) => {
        const of = (indexes: readonly number[]) =>
          answer(input, offers, {
            ...catalogue,
            instances: { ...catalogue.instances, types: types.filter((_, i) => indexes.includes(i)) },
          });
        const [less, more] = [of(few), of([...few, extra])];
        if ('refused' in less) return;
        expect('refused' in more).toBe(false);
        if ('refused' in more) return;
        expect(more.cheapest.cost.likely).toBeLessThanOrEqual(less.cheapest.cost.likely);
        expect(more.fastest.time.likely).toBeLessThanOrEqual(less.fastest.time.likely);
      }),
      many,
    );
  });

  it('never costs less when it is larger', () => {
    const growth = fc.record({ work: fc.double({ min: 1, max: 3, noNaN: true }), size: int(0, 3_000) });
    fc.assert(
      fc.property(
        resources,
        int(60, 50_000),
        int(2, 5_000),
        engines,
        growth,
        (needs, work, size, offers, more) => {
          const of = (workSeconds: number, elements: number) =>
            answer(
              withoutUndefined({
                resources: needs,
                array: { size: elements },
                workSeconds,
                walltimeSeconds: 200_000,
              }),
              offers,
            );
          const [small, large] = [of(work, size), of(work * more.work, size + more.size)];
          if ('refused' in large) return;
          expect('refused' in small).toBe(false);
          if ('refused' in small) return;
          const dearest = small.cheapest.cost.likely;
          expect(large.cheapest.cost.likely).toBeGreaterThanOrEqual(dearest * (1 - 1e-9));
        },
      ),
      many,
    );
  });

  it('is refused only as long as it is asked for: without its cap and its deadline these do not refuse it', () => {
    fc.assert(
      fc.property(anyJob, engines, (input, offers) => {
        const found = answer(input, offers);
        const free: Record<string, unknown> = { ...input };
        delete free['maxCostUsd'];
        delete free['deadline'];
        const freely = answer(free, offers);
        if (!('refused' in found)) expect(freely).not.toHaveProperty('refused');
        if ('refused' in freely) expect(found).toHaveProperty('refused');
        const codes = 'refused' in found ? found.refused.map(({ code }) => code) : [];
        if (codes.some((code) => code === 'over_max_cost' || code === 'deadline_unreachable')) {
          expect(freely).not.toHaveProperty('refused');
        }
        if ('refused' in freely) return;
        // A minute after the high end of a way that works the deadline can be kept.
        const inTime = by(Math.ceil(freely.cheapest.time.high / 60) + 1);
        expect(answer({ ...free, ...inTime }, offers)).not.toHaveProperty('refused');
      }),
      many,
    );
  });

  it('is remembered as it would be planned anew', () => {
    const memo = new PlanMemo(20);
    const given = settings();
    fc.assert(
      fc.property(anyJob, (input) => {
        const fresh = plan(job(input), catalogue, given);
        expect(memo.plan(job(input), catalogue, given)).toEqual(fresh);
        expect(memo.plan(job({ ...input, name: 'other' }), catalogue, given)).toEqual(fresh);
      }),
      many,
    );
  });
});
