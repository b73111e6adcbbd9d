import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decide } from '../../architectures/one-instance-with-volume/decide.ts';
import type { Policy, Step } from '../../architectures/one-instance-with-volume/step.ts';
import { currentOf } from '../../architectures/one-instance-with-volume/world.ts';
import { VolumeModel, ZONES } from './volume-model.ts';

const MINUTE_MS = 60_000;
const policy: Policy = {
  snapshotEveryMs: 15 * MINUTE_MS,
  keepSnapshots: 3,
  keepOldVolumesMs: 60 * MINUTE_MS,
  waitMs: 3 * MINUTE_MS,
  takeMs: 3 * MINUTE_MS,
};

type Simple =
  | 'step'
  | 'look'
  | 'late step'
  | 'scripts'
  | 'replace'
  | 'kill'
  | 'timeout'
  | 'forget'
  | 'restore'
  | 'breaks'
  | 'deleted';
type Event =
  | { is: Simple }
  | { is: 'launch' | 'lose'; zone: (typeof ZONES)[number] }
  | { is: 'pass'; minutes: number };

const often = (is: 'step' | 'scripts') => ({ arbitrary: fc.constant<Event>({ is }), weight: 8 });
const zoned = (is: 'launch' | 'lose') => fc.record({ is: fc.constant(is), zone: fc.constantFrom(...ZONES) });
const simple = (...kinds: Simple[]) => fc.constantFrom(...kinds).map((is): Event => ({ is }));

const withoutDisaster = [
  often('step'),
  often('scripts'),
  { arbitrary: zoned('launch'), weight: 6 },
  { arbitrary: simple('look', 'late step', 'replace', 'kill', 'timeout', 'forget'), weight: 6 },
  { arbitrary: fc.record({ is: fc.constant('pass' as const), minutes: fc.nat({ max: 20 }) }), weight: 3 },
];
const withDisaster = [
  ...withoutDisaster,
  { arbitrary: zoned('lose'), weight: 1 },
  { arbitrary: simple('restore', 'breaks', 'deleted'), weight: 2 },
];

/** Plays a history, in which a second function may act on what it saw long ago. */
function play(model: VolumeModel, events: readonly Event[]): void {
  let late: Step | undefined;
  for (const [n, event] of events.entries()) {
    switch (event.is) {
      case 'step':
        model.apply(decide(model.world(), policy));
        break;
      case 'look':
        late = decide(model.world(), policy);
        break;
      case 'late step':
        if (late !== undefined) model.apply(late);
        break;
      case 'scripts':
        model.scripts();
        break;
      case 'replace':
        model.replaceInOrder();
        break;
      case 'kill':
        model.kill();
        break;
      case 'timeout':
        model.hooksTimeOut();
        break;
      case 'forget':
        model.forgetEnding();
        break;
      case 'breaks':
      case 'deleted':
        model.loseVolume(event.is);
        break;
      case 'launch':
        model.launch(event.zone);
        break;
      case 'lose':
        model.loseZone(event.zone);
        break;
      case 'restore':
        model.restoreZones();
        break;
      case 'pass':
        model.pass(event.minutes);
    }
    model.write(n);
    model.now += 1_000;
    check(model);
  }
}

function check(model: VolumeModel): void {
  expect(model.serving.length).toBeLessThanOrEqual(1);
  const [serving] = model.serving;
  if (serving === undefined) return;
  expect(serving.mounted, 'the newest volume is the one in use').toBe(currentOf(model.world())?.id);
  expect(model.missing(), 'what was acknowledged is there').toEqual([]);
}

/** Nothing goes wrong any more: everybody does what there is to do. */
function untilItServes(model: VolumeModel): void {
  model.restoreZones();
  for (let round = 0; round < 100 && model.serving.length === 0; round += 1) {
    model.launch('b');
    for (let steps = 0; steps < 5; steps += 1) model.apply(decide(model.world(), policy));
    model.scripts();
    model.pass(1);
  }
  expect(model.serving).toHaveLength(1);
  check(model);
}

const runs = { numRuns: Number(process.env['MODEL_RUNS'] ?? 1_000) };

it('whatever is killed, replaced, timed out or late, nothing that was acknowledged is lost, and service comes back', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(...withoutDisaster), { minLength: 20, maxLength: 80 }), (events) => {
      const model = new VolumeModel();
      play(model, events);
      untilItServes(model);
      expect(model.excused.size).toBe(0);
    }),
    runs,
  );
});

it('with a zone, or a volume, goes what was written after its last snapshot, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(...withDisaster), { minLength: 20, maxLength: 80 }), (events) => {
      const model = new VolumeModel();
      play(model, events);
      untilItServes(model);
    }),
    runs,
  );
});
