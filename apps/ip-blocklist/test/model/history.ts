import fc from 'fast-check';
import type { Database } from '@groundwork/database';
import type { Tables } from '../../src/adapters/tables.ts';
import type { Copy } from './feed.ts';
import type { Stage } from './stage.ts';
import { World, type Sabotage } from './world.ts';

type Event =
  | { do: 'block' | 'allow'; network: string; source: string; ttl: boolean }
  | { do: 'end'; source: string; how: 'deleted' | 'expired' }
  | { do: 'blockForGood'; network: string }
  | { do: 'edit'; pick: number; addresses: string[] }
  | { do: 'undo' }
  | { do: 'feed'; more: string[]; copy: Copy; diesAt: number | undefined }
  | { do: 'takeOver' | 'crash'; who: number }
  | { do: 'step'; who: number; count: number }
  | { do: 'zombie'; count: number }
  | { do: 'stepToWrite' | 'fail' | 'lose'; who: number };

/** Sixteen addresses, so that everything meets. */
const network = fc
  .record({ bits: fc.integer({ min: 29, max: 32 }), at: fc.nat(15) })
  .map(({ bits, at }) => `10.0.0.${at & ~(2 ** (32 - bits) - 1)}/${bits}`);
const address = fc.nat(15).map((at) => `10.0.0.${at}/32`);
const source = fc.constantFrom('a', 'b', 'c');
const who = fc.nat(1);
/** A few calls, or so many that it is done. */
const count = fc.oneof(fc.integer({ min: 1, max: 10 }), fc.constant(60));

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('block' as const), network, source, ttl: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('allow' as const), network, source, ttl: fc.boolean() }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      source,
      how: fc.constantFrom('deleted' as const, 'expired' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('edit' as const),
      pick: fc.nat(5),
      addresses: fc.uniqueArray(address, { maxLength: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('blockForGood' as const), network }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('feed' as const),
      more: fc.array(network, { minLength: 1, maxLength: 3 }),
      copy: fc.oneof(
        fc.constant('whole' as const),
        fc.constantFrom(
          'empty' as const,
          'short' as const,
          'poisoned' as const,
          'cuts us off' as const,
          'an error page' as const,
          'nothing' as const,
        ),
      ),
      diesAt: fc.option(fc.nat(6), { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'undo' as const }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('takeOver' as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), who }) },
  { weight: 14, arbitrary: fc.record({ do: fc.constant('step' as const), who, count }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('zombie' as const), count }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('stepToWrite' as const, 'fail' as const, 'lose' as const),
      who,
    }),
  },
);

const change: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ do: fc.constant('block' as const), network, source, ttl: fc.boolean() }),
  fc.record({ do: fc.constant('blockForGood' as const), network }),
  fc.record({ do: fc.constant('end' as const), source, how: fc.constant('deleted' as const) }),
);

/** The leader stops before a write, or loses its answer, and somebody else leads meanwhile. */
const duel: fc.Arbitrary<Event[]> = fc
  .record({
    before: fc.array(change, { maxLength: 2 }),
    decided: fc.array(change, { minLength: 1, maxLength: 2 }),
    isLost: fc.boolean(),
    meanwhile: fc.array(change, { minLength: 1, maxLength: 2 }),
    count,
    late: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ before, decided, isLost, meanwhile, count: calls, late }): Event[] => [
    { do: 'takeOver', who: 0 },
    ...before,
    { do: 'step', who: 0, count: 60 },
    ...decided,
    { do: 'stepToWrite', who: 0 },
    ...(isLost ? [{ do: 'lose' as const, who: 0 }] : []),
    ...meanwhile,
    { do: 'takeOver', who: 1 },
    { do: 'step', who: 1, count: calls },
    { do: 'zombie', count: late },
    { do: 'step', who: 1, count: 60 },
  ]);

const history = fc.record({
  looksOften: fc.boolean(),
  events: fc.oneof(
    fc.array(event, { minLength: 5, maxLength: 35 }),
    fc.array(duel, { minLength: 1, maxLength: 2 }).map((duels) => duels.flat()),
  ),
});

/**
 * Random histories of one target: entries that come and go, somebody else's edits, calls that
 * fail or whose answer is lost, deaths at any call, and two processes that both believe to lead.
 * The loop, the planner and the adapters are the real ones, and so are Postgres and the wire.
 */
export function historiesAreSafe(
  open: () => Promise<{ stage: Stage; database: Database<Tables>; close: () => Promise<void> }>,
  sabotage: Sabotage = (same) => same,
) {
  return fc.asyncProperty(history, async ({ looksOften, events }) => {
    const { stage, database, close } = await open();
    const world = new World(stage, database, sabotage, looksOften ? 0 : 1e9);
    try {
      await world.takeOver(0);
      for (const one of events) await play(world, one);
      await world.settle();
    } finally {
      await world.close();
      await close();
    }
  });
}

async function play(world: World, next: Event): Promise<void> {
  switch (next.do) {
    case 'block':
    case 'allow':
      return world.say(next.do, next.network, next.source, next.ttl ? 3_600 : undefined);
    case 'blockForGood':
      return world.blockForGood(next.network);
    case 'stepToWrite':
      return world.stepToWrite(next.who);
    case 'end':
      return world.end(next.source, next.how);
    case 'edit':
      return world.edit(next.pick, next.addresses);
    case 'undo':
      return world.undo();
    case 'feed':
      return world.feed(next.more, next.copy, next.diesAt);
    case 'takeOver':
      return world.takeOver(next.who);
    case 'crash':
      return world.crash(next.who);
    case 'step':
      return world.step(next.who, next.count);
    case 'zombie':
      return world.stepZombie(next.count);
    case 'fail':
      return world.step(next.who, 1, 'fail');
    case 'lose':
      return world.step(next.who, 1, 'lose-answer');
  }
}
