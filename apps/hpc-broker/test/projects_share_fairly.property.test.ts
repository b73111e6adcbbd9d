import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choose, type Candidate, type Project, type Room } from '../src/domain/sharing/choose.ts';
import { decayed, HALF_LIFE_SECONDS } from '../src/domain/sharing/usage.ts';

const PLENTY: Room = { cores: 1_000, memoryMiB: 1_000_000, gpus: 100 };
const NOW = { reservation: undefined, nowMs: 0 };

function candidate(words: Partial<Candidate> & { job: string; project: string }): Candidate {
  return { element: 0, cores: 1, memoryMiB: 0, gpus: 0, seconds: 1, gangTimeoutMs: undefined, ...words };
}
const project = (name: string, words: Partial<Project> = {}): Project => ({
  name,
  share: 1,
  usage: 0,
  runningCores: 0,
  maxCores: undefined,
  ...words,
});
const queuesOf = (all: readonly Candidate[]): Map<string, Candidate[]> =>
  Map.groupBy(all, (one) => one.project);
const named = (all: readonly Project[]): Map<string, Project> => new Map(all.map((one) => [one.name, one]));

describe('projects', () => {
  it('take turns, however much one of them has queued', () => {
    const many = Array.from({ length: 100 }, (_, at) => candidate({ job: `a${at}`, project: 'a' }));
    const few = [candidate({ job: 'b0', project: 'b' }), candidate({ job: 'b1', project: 'b' })];
    const { chosen } = choose(
      queuesOf([...many, ...few]),
      named([project('a'), project('b')]),
      PLENTY,
      4,
      NOW,
    );
    expect(chosen.map(({ job }) => job).toSorted()).toEqual(['a0', 'a1', 'b0', 'b1']);
  });

  it('get what their shares say, in core seconds', () => {
    const all = ['a', 'b'].flatMap((name) =>
      Array.from({ length: 300 }, (_, at) => candidate({ job: `${name}${at}`, project: name })),
    );
    const { chosen } = choose(
      queuesOf(all),
      named([project('a', { share: 3 }), project('b')]),
      PLENTY,
      200,
      NOW,
    );
    expect(chosen.filter((one) => one.project === 'a')).toHaveLength(150);
  });

  it('that have used much wait for those that have not', () => {
    const all = [candidate({ job: 'a', project: 'a' }), candidate({ job: 'b', project: 'b' })];
    const { chosen } = choose(
      queuesOf(all),
      named([project('a', { usage: 10 }), project('b')]),
      PLENTY,
      1,
      NOW,
    );
    expect(chosen.map(({ job }) => job)).toEqual(['b']);
  });

  it('are not owed for ever: after a half-life, half is forgotten', () => {
    const at = new Date(0);
    expect(decayed({ coreSeconds: 8, at }, new Date(HALF_LIFE_SECONDS * 2_000))).toBe(2);
  });
});

describe('a gang', () => {
  const gang = candidate({ job: 'gang', project: 'a', cores: 8, gangTimeoutMs: 1_000 });
  const small = candidate({ job: 'small', project: 'b' });
  const projects = named([project('a'), project('b', { usage: 1 })]);
  const room = { ...PLENTY, cores: 4 };

  it('that does not fit holds back what would take its place, but not for longer than it says', () => {
    const queues = queuesOf([gang, small]);
    const first = choose(queues, projects, room, 10, NOW);
    expect(first).toEqual({ chosen: [], reservation: { job: 'gang', sinceMs: 0 }, gaveUp: undefined });
    const later = choose(queues, projects, room, 10, { ...first, nowMs: 999 });
    expect(later.reservation).toEqual({ job: 'gang', sinceMs: 0 });
    const last = choose(queues, projects, room, 10, { ...first, nowMs: 1_000 });
    expect(last.gaveUp).toBe(gang);
  });

  it('starts when all of its room is there', () => {
    const { chosen } = choose(queuesOf([gang]), projects, { ...PLENTY, cores: 8 }, 10, NOW);
    expect(chosen).toEqual([gang]);
  });
});

it('never gives out more than there is, nor more than a project may have, and leaves nothing that would fit', () => {
  const candidates = fc
    .array(
      fc.record({
        project: fc.constantFrom('a', 'b', 'c'),
        cores: fc.integer({ min: 1, max: 8 }),
        memoryMiB: fc.integer({ min: 0, max: 100 }),
        gpus: fc.integer({ min: 0, max: 2 }),
        seconds: fc.integer({ min: 1, max: 100 }),
      }),
      { maxLength: 40 },
    )
    .map((all) => all.map((one, at) => candidate({ ...one, job: `j${at}` })));
  const room = fc.record({
    cores: fc.integer({ min: 0, max: 30 }),
    memoryMiB: fc.integer({ min: 0, max: 500 }),
    gpus: fc.integer({ min: 0, max: 4 }),
  });
  fc.assert(
    fc.property(candidates, room, fc.integer({ min: 1, max: 20 }), (all, free, maxCores) => {
      const projects = named([project('a', { maxCores }), project('b', { share: 2 }), project('c')]);
      const { chosen } = choose(queuesOf(all), projects, free, 1_000, NOW);
      const sum = (of: (one: Candidate) => number, from = chosen): number =>
        from.reduce((total, one) => total + of(one), 0);
      const left = {
        cores: free.cores - sum(({ cores }) => cores),
        memoryMiB: free.memoryMiB - sum(({ memoryMiB }) => memoryMiB),
        gpus: free.gpus - sum(({ gpus }) => gpus),
      };
      expect(Math.min(left.cores, left.memoryMiB, left.gpus)).toBeGreaterThanOrEqual(0);
      const ofA = sum(
        ({ cores }) => cores,
        chosen.filter((one) => one.project === 'a'),
      );
      expect(ofA).toBeLessThanOrEqual(maxCores);
      expect(new Set(chosen).size).toBe(chosen.length);
      for (const one of all) {
        const mayMore = one.project !== 'a' || ofA + one.cores <= maxCores;
        const fits = one.cores <= left.cores && one.memoryMiB <= left.memoryMiB && one.gpus <= left.gpus;
        if (!chosen.includes(one)) expect(mayMore && fits).toBe(false);
      }
    }),
  );
});
