import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { HandleParts } from '../../src/domain/handle-change.ts';
import type { Stack } from '../support/stack.ts';
import { CONTENTS, World, type Sabotage } from './world.ts';

type Event =
  | { do: 'put'; content: string; told: boolean }
  | { do: 'remove' | 'takeBack'; told: boolean }
  | { do: 'deliver'; worker: number; pick: number; twice: boolean }
  | { do: 'step'; worker: number; count: number }
  | { do: 'lose' | 'repeat' | 'crash'; worker: number };

const worker = fc.nat(1);
const told = fc.integer({ min: 0, max: 9 }).map((n) => n > 0);

/** More calls than any message takes. */
const TO_THE_END = 60;
/** A few calls, or as many as it takes: then the other worker is overtaken from end to end. */
const count = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constant(TO_THE_END));

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('put' as const), content: fc.constantFrom(...CONTENTS), told }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('remove' as const, 'takeBack' as const), told }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      worker,
      pick: fc.nat(3),
      twice: fc.boolean(),
    }),
  },
  { weight: 14, arbitrary: fc.record({ do: fc.constant('step' as const), worker, count }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('lose' as const, 'repeat' as const), worker }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), worker }) },
);

const change = fc.oneof(
  fc.record({ do: fc.constant('put' as const), content: fc.constantFrom(...CONTENTS), told }),
  fc.record({ do: fc.constant('remove' as const), told }),
);

/** One worker stops at any call, is overtaken by another from end to end, and goes on. */
const overtaking: fc.Arbitrary<Event[]> = fc
  .record({
    before: fc.option(change, { nil: undefined }),
    calls: fc.nat(12),
    meanwhile: fc.array(fc.record({ first: fc.option(change, { nil: undefined }), pick: fc.nat(1) }), {
      maxLength: 2,
    }),
  })
  .map(({ before, calls, meanwhile }) => [
    ...(before === undefined ? [] : [before]),
    { do: 'deliver', worker: 0, pick: 0, twice: false },
    ...(calls === 0 ? [] : [{ do: 'step' as const, worker: 0, count: calls }]),
    ...meanwhile.flatMap(({ first, pick }): Event[] => [
      ...(first === undefined ? [] : [first]),
      { do: 'deliver', worker: 1, pick, twice: false },
      { do: 'step', worker: 1, count: TO_THE_END },
    ]),
    { do: 'step', worker: 0, count: TO_THE_END },
  ]);

const history = fc.record({
  versioned: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
  events: fc.oneof(
    fc.array(event, { minLength: 4, maxLength: 30 }),
    fc.array(overtaking, { minLength: 1, maxLength: 5 }).map((rounds) => rounds.flat()),
  ),
});

/**
 * Random histories of one object and two workers: changes, news that come twice, late,
 * shuffled or not at all, calls whose answer is lost, deaths at any call. The handler and
 * the adapters are the real ones; only the renderer is replaced, by one whose images say
 * what they were made of.
 */
export function historiesAreTrue(stack: Stack, parts: HandleParts, sabotage: Sabotage = (same) => same) {
  return fc.asyncProperty(history, async ({ versioned, events }) => {
    const bucket = versioned ? 'versioned' : 'uploads';
    const world = new World(stack, parts, { bucket, key: randomUUID() }, sabotage);
    for (const one of events) await play(world, one);
    await world.settle();
    if (world.lostNews) await world.reconcile();
    await world.expectTruth();
    if (!world.lostNews && !world.died) await world.expectNothingLeftOver();
    await world.reconcile();
    await world.expectTruth();
    await world.expectNothingLeftOver();
  });
}

async function play(world: World, next: Event): Promise<void> {
  switch (next.do) {
    case 'put':
      return world.put(next.content, next.told);
    case 'remove':
      return world.remove(next.told);
    case 'takeBack':
      return world.takeBack(next.told);
    case 'deliver':
      return world.deliver(next.worker, next.pick, next.twice);
    case 'step':
      for (let i = 0; i < next.count && world.isWorking(next.worker); i++) await world.step(next.worker);
      return;
    case 'lose':
      return world.step(next.worker, 'lose-answer');
    case 'repeat':
      return world.step(next.worker, 'repeat');
    case 'crash':
      return world.crash(next.worker);
  }
}
