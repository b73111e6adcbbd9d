import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hasContainer, isEnded, STATUSES, vcpusOf, type Job, type RetryRule } from '../src/batch/jobs/job.ts';
import { forget } from '../src/batch/lifecycle/forget.ts';
import { cancel, terminate } from '../src/batch/lifecycle/stop.ts';
import { keyOf } from '../src/batch/lifecycle/world.ts';
import { batchWorld, type BatchWorld } from './batch_world.ts';

const MAX_VCPUS = 4;
const RUNS = Number(process.env['MODEL_RUNS'] ?? 150);

const rule: fc.Arbitrary<RetryRule> = fc.record({
  onExitCode: fc.constantFrom('1', '1*', '0', '*'),
  action: fc.constantFrom('RETRY', 'EXIT'),
});
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('submit' as const),
      shape: fc.constantFrom('single', 'array', 'multinode'),
      size: fc.integer({ min: 2, max: 4 }),
      attempts: fc.integer({ min: 1, max: 3 }),
      rules: fc.array(rule, { maxLength: 2 }),
      dependsOn: fc.option(fc.nat(20), { nil: undefined }),
      type: fc.constantFrom(undefined, 'N_TO_N' as const, 'SEQUENTIAL' as const),
      timeout: fc.option(fc.constant(60), { nil: undefined }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 200 }) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('exit' as const),
      which: fc.nat(50),
      code: fc.constantFrom(0, 0, 1, 12),
    }),
  },
  ...(['cancel', 'terminate', 'reclaim', 'forget', 'fail-next'] as const).map((what) => ({
    weight: what === 'forget' ? 1 : 2,
    arbitrary: fc.record({ do: fc.constant(what), which: fc.nat(50) }),
  })),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function take(world: BatchWorld, one: Step): void {
  const all = [...world.jobs.all()];
  const pick = (which: number): Job | undefined => all[which % Math.max(1, all.length)];
  switch (one.do) {
    case 'submit': {
      const size = one.shape === 'array' ? one.size : undefined;
      const picked = one.dependsOn === undefined ? undefined : pick(one.dependsOn);
      const other = picked?.role === 'node' ? undefined : picked;
      const matching = size !== undefined && other?.spec.arraySize === size && other.role === 'array';
      const dependency =
        one.type === 'SEQUENTIAL' && size !== undefined
          ? [{ type: one.type }]
          : other === undefined
            ? []
            : [{ jobId: other.id, ...(one.type === 'N_TO_N' && matching && { type: one.type }) }];
      world.submit({
        dependsOn: dependency,
        arraySize: size,
        ...(one.shape === 'multinode' && { numNodes: one.size }),
        retryStrategy: { attempts: one.attempts, evaluateOnExit: one.rules },
        timeoutSeconds: one.timeout,
      });
      return;
    }
    case 'pass':
      return world.pass(one.ms);
    case 'exit': {
      const keys = [...world.containers.running.keys()];
      const key = keys[one.which % Math.max(1, keys.length)];
      if (key === undefined) return;
      const signal = world.containers.signalled.get(key);
      return world.exit(key, signal === undefined ? one.code : signal === 'SIGTERM' ? 143 : 137);
    }
    case 'fail-next':
      world.containers.next = () => {
        world.containers.next = () => ({ kind: 'running' });
        return { kind: 'failed', reason: 'CannotPullContainerError: no such image' };
      };
      return;
    case 'reclaim': {
      const job = pick(one.which);
      if (job !== undefined) world.engine.terminateHost(job.id);
      return;
    }
    case 'cancel':
    case 'terminate':
    case 'forget': {
      const job = pick(one.which);
      if (job === undefined) return;
      world.engine.do((inside) => {
        if (one.do === 'cancel') cancel(inside, job, 'cancelled');
        else if (one.do === 'terminate') terminate(inside, job, 'terminated');
        else if (job.parent === undefined) forget(inside, job);
      });
    }
  }
}

/** What holds at any time. */
function check({ jobs, containers }: BatchWorld): void {
  const all = [...jobs.all()];
  for (const job of all) {
    const members = jobs.membersOf(job);
    const counts = Object.fromEntries(
      STATUSES.map((status) => [status, members.filter((one) => one.status === status).length]),
    );
    expect(jobs.summaryOf(job)).toEqual(counts);
    if (job.role === 'array' && members.length > 0) {
      expect(members).toHaveLength(job.spec.arraySize ?? 0);
      expect(isEnded(job)).toBe(members.every(isEnded));
      if (isEnded(job)) expect(job.status).toBe(counts['FAILED'] === 0 ? 'SUCCEEDED' : 'FAILED');
    }
    if (job.role === 'multinode' && isEnded(job)) expect(members.every(isEnded)).toBe(true);
    if (job.role !== 'array') {
      expect(job.attempts.length).toBeLessThanOrEqual(job.spec.retryStrategy?.attempts ?? 1);
      expect(job.attempts.slice(0, -1).every(({ stoppedAt }) => stoppedAt !== undefined)).toBe(true);
    }
    if (isEnded(job)) {
      expect(job.placement).toBeUndefined();
      expect(job.attempts.every(({ stoppedAt }) => stoppedAt !== undefined)).toBe(true);
      expect(job.stoppedAt).toBeGreaterThanOrEqual(job.startedAt ?? job.createdAt);
    }
  }
  const placed = all.filter((job) => hasContainer(job) && job.role !== 'node');
  const vcpus = placed.reduce((sum, job) => sum + vcpusOf(job), 0);
  expect(jobs.vcpusIn('us-east-1', 'ce')).toBe(vcpus);
  expect(vcpus).toBeLessThanOrEqual(MAX_VCPUS);
  // Whoever runs is known, and whoever is known to run does; but for those that are being killed.
  const expected = all
    .filter((job) => job.status === 'RUNNING' && job.role !== 'multinode' && job.role !== 'array')
    .map(keyOf);
  const running = [...containers.running.keys()];
  expect(running).toEqual(expect.arrayContaining(expected));
  expect(
    running.filter((key) => !expected.includes(key) && containers.signalled.get(key) !== 'SIGKILL'),
  ).toEqual([]);
}

/** Everybody ends, and time passes. */
function settle(world: BatchWorld): void {
  for (let round = 0; round < 400 && [...world.jobs.all()].some((job) => !isEnded(job)); round += 1) {
    for (const key of world.containers.running.keys()) world.exit(key, 0);
    world.pass(20);
  }
  for (const key of world.containers.running.keys()) world.exit(key, 137);
}

it('keeps to the states and adds up, whatever is submitted, ended, cancelled, terminated, lost or forgotten', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
      const world = batchWorld(MAX_VCPUS);
      const ends = new Map<string, string>();
      for (const one of steps) {
        take(world, one);
        check(world);
        for (const job of world.jobs.all()) {
          // An end is the end; but nodes begin again with their job.
          if (job.role === 'node') continue;
          const before = ends.get(job.id);
          if (before !== undefined) expect(`${job.status} ${job.statusReason} ${job.stoppedAt}`).toBe(before);
          else if (isEnded(job)) ends.set(job.id, `${job.status} ${job.statusReason} ${job.stoppedAt}`);
        }
      }
      settle(world);
      check(world);
      expect(
        [...world.jobs.all()].filter((job) => !isEnded(job)).map(({ id, status }) => [id, status]),
      ).toEqual([]);
      expect(world.containers.running.size).toBe(0);
      world.pass(100_000);
      expect([...world.jobs.all()]).toEqual([]);
      expect(world.engine.next).toBeUndefined();
    }),
    { numRuns: RUNS },
  );
});
