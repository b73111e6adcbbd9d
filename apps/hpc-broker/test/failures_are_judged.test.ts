import { ExitRule, JobSpec, Retries } from '@groundwork/contracts';
import { describe, expect, it } from 'vitest';
import { afterAttempt, type Circumstances } from '../src/domain/jobs/after-attempt.ts';
import { verdictOf } from '../src/domain/jobs/cause.ts';
import { resolve } from '../src/domain/jobs/workflow.ts';

const NONE = { user: 0, infrastructure: 0, preemption: 0 };

function after(cause: Parameters<typeof afterAttempt>[0]['cause'], words: Partial<Circumstances> = {}) {
  const given = {
    failures: NONE,
    retries: Retries.parse({}),
    isCancelled: false,
    tooDear: undefined,
    random: 1,
  };
  return afterAttempt({ cause, exitCode: undefined, reason: 'so' }, { ...given, ...words });
}

describe('an exit code', () => {
  const rules = [
    { codes: [0], means: 'user' },
    { codes: ['10-19', 75], means: 'infrastructure' },
    { codes: [12], means: 'fatal' },
  ].map((rule) => ExitRule.parse(rule));

  it('means what the first rule that names it says', () => {
    expect([0, 12, 19, 75].map((code) => verdictOf({ by: 'exit', code }, rules).cause)).toEqual([
      'user',
      'infrastructure',
      'infrastructure',
      'infrastructure',
    ]);
  });

  it('means what it means to a shell where no rule names it', () => {
    expect([0, 1, 255].map((code) => verdictOf({ by: 'exit', code }, []).cause)).toEqual([
      'success',
      'user',
      'user',
    ]);
    expect(verdictOf({ by: 'exit', code: 137 }, []).reason).toBe('it exited with 137, as after signal 9');
  });

  it('by which a shell says that it could not run a program is put into words', () => {
    const reason = (code: number): string => verdictOf({ by: 'exit', code }, []).reason;
    expect(reason(126)).toBe(
      'it exited with 126, mostly because the program was found, and could not be run: see logs?stream=stderr',
    );
    expect(reason(127)).toBe(
      'it exited with 127, mostly because the program was not found: see logs?stream=stderr',
    );
    const own = [ExitRule.parse({ codes: [127], means: 'success' })];
    expect(verdictOf({ by: 'exit', code: 127 }, own).reason).toBe(
      'it exited with 127, which exitCodes says means success',
    );
  });
});

describe('after an attempt', () => {
  it('that succeeded, or that cannot be helped, there is no other', () => {
    expect(after('success')).toMatchObject({ again: false, state: 'succeeded' });
    expect(after('fatal')).toMatchObject({ again: false, state: 'failed' });
    expect(after('cancelled')).toMatchObject({ again: false, state: 'cancelled' });
    expect(after('user')).toMatchObject({
      again: false,
      state: 'failed',
      reason: 'so; retries.user allows none',
    });
  });

  it('there is another one for as long as the budget of its cause lasts', () => {
    expect(after('preemption')).toMatchObject({ again: true, failures: { ...NONE, preemption: 1 } });
    const failures = { ...NONE, preemption: 10 };
    expect(after('preemption', { failures })).toMatchObject({ again: false, state: 'failed' });
    expect(after('infrastructure', { failures })).toMatchObject({ again: true });
  });

  it('that was lost, the element is lost once nothing more is tried', () => {
    const failures = { ...NONE, infrastructure: 3 };
    expect(after('lost', { failures })).toMatchObject({ again: false, state: 'lost' });
  });

  it('the next one comes later each time, and half of that by chance', () => {
    const delays = [0, 1, 2].map((infrastructure) => {
      const next = after('infrastructure', { failures: { ...NONE, infrastructure } });
      return next.again ? next.delayMs : undefined;
    });
    expect(delays).toEqual([1_000, 2_000, 4_000]);
    expect(after('infrastructure', { random: 0 })).toMatchObject({ delayMs: 500 });
  });

  it('there is none that somebody has cancelled, or that would cost more than it may', () => {
    expect(after('lost', { isCancelled: true })).toMatchObject({ again: false, state: 'cancelled' });
    expect(after('preemption', { tooDear: '9 USD' })).toMatchObject({ again: false, reason: 'so; 9 USD' });
  });
});

describe('a workflow', () => {
  const spec = (name: string, dependsOn: object[] = [], more: object = {}) =>
    JobSpec.parse({ name, command: ['true'], dependsOn, ...more });
  const issuesOf = (jobs: JobSpec[]) => resolve({ name: 'w', jobs }, () => 'id').issues;

  it('has its jobs after those that they wait for', () => {
    let next = 0;
    const jobs = [spec('c', [{ job: 'b' }]), spec('b', [{ job: 'a' }]), spec('a')];
    const resolved = resolve({ name: 'w', jobs }, () => `id${(next += 1)}`);
    expect(resolved.jobs.map((one) => [one.id, one.spec.name, one.dependsOn.map(({ on }) => on)])).toEqual([
      ['id1', 'a', []],
      ['id2', 'b', ['id1']],
      ['id3', 'c', ['id2']],
    ]);
  });

  it('is refused with what is wrong with it, and where', () => {
    expect(issuesOf([spec('a'), spec('a')])).toMatchObject([{ path: 'jobs.1.name' }]);
    expect(issuesOf([spec('a', [{ job: 'nobody' }])])).toMatchObject([{ path: 'jobs.0.dependsOn.0.job' }]);
    expect(
      issuesOf([
        spec('a', [], { array: { size: 3 } }),
        spec('b', [{ job: 'a', each: true }], { array: { size: 4 } }),
      ]),
    ).toMatchObject([{ path: 'jobs.1.dependsOn.0.each' }]);
  });

  it('that is a circle is refused with those that are in it, and no others', () => {
    const circle = [
      spec('before'),
      spec('after', [{ job: 'c' }]),
      spec('a', [{ job: 'before' }, { job: 'b' }]),
      spec('b', [{ job: 'c' }]),
      spec('c', [{ job: 'a' }]),
    ];
    expect(issuesOf(circle)).toEqual([
      {
        path: 'jobs',
        message:
          'c, a, b wait for each other in a circle, each for the one after it: none of them could ever start',
      },
    ]);
    expect(issuesOf([spec('a', [{ job: 'a' }])])).toMatchObject([
      { message: expect.stringMatching(/^a waits for itself/) },
    ]);
    const long = Array.from({ length: 20 }, (_, at) => spec(`j${at}`, [{ job: `j${(at + 1) % 20}` }]));
    expect(issuesOf(long)[0]?.message).toMatch(/^j0, j1, .*, j9, 10 more wait for each other/);
  });
});
