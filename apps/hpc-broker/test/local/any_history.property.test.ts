import fc from 'fast-check';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@groundwork/service/testing';
import { describe, expect, it } from 'vitest';
import type { LocalEngine } from '../../src/adapters/local/local-engine.ts';
import { EngineUnavailable, type Ending } from '../../src/ports/engine.ts';
import { endOf, LocalBase, lookUntilAnswered, placed } from '../support/local-engines.ts';

type Step =
  | { do: 'submit' | 'cancel' | 'forget'; at: number }
  | { do: 'kill the spawner' | 'restart the broker' | 'look' }
  | { do: 'wait'; ms: number };

const NAMES = 5;
const at = fc.integer({ min: 0, max: NAMES - 1 });
const steps = fc.array(
  fc.oneof<fc.WeightedArbitrary<Step>[]>(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('submit' as const), at }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), at }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('forget' as const), at }) },
    { weight: 2, arbitrary: fc.constant({ do: 'kill the spawner' as const }) },
    { weight: 1, arbitrary: fc.constant({ do: 'restart the broker' as const }) },
    { weight: 2, arbitrary: fc.constant({ do: 'look' as const }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 60 }) }),
    },
  ),
  { minLength: 5, maxLength: 25 },
);

const nameOf = (index: number): string => `a${index}`;

/** A broker that knows only what was acknowledged, and what it has seen with its own eyes. */
class Model {
  readonly base: LocalBase;
  engine: LocalEngine;
  readonly taken = new Set<string>();
  readonly cancelled = new Set<string>();
  readonly forgotten = new Set<string>();
  readonly ended = new Map<string, Ending>();
  readonly wrong: string[] = [];

  constructor(base: LocalBase, engine: LocalEngine) {
    this.base = base;
    this.engine = engine;
  }

  async run(step: Step): Promise<void> {
    try {
      await this.#do(step);
    } catch (error) {
      if (!(error instanceof EngineUnavailable)) throw error;
    }
  }

  async #do(step: Step): Promise<void> {
    const { base, engine } = this;
    switch (step.do) {
      case 'submit': {
        const name = nameOf(step.at);
        if (this.forgotten.has(name)) return;
        const wasCancelled = this.cancelled.has(name);
        // Each second one takes a while.
        const job = placed(
          name,
          base.effect(name, step.at % 2 === 0 ? `exit ${step.at}` : 'sleep 0.05; exit 1'),
        );
        const [receipt] = await engine.submit([job]);
        if (receipt?.accepted === true) this.taken.add(name);
        else if (!wasCancelled && !this.cancelled.has(name))
          this.wrong.push(`${name} was refused: ${receipt?.reason}`);
        break;
      }
      case 'cancel':
        if (this.forgotten.has(nameOf(step.at))) return;
        this.cancelled.add(nameOf(step.at));
        await engine.cancel([nameOf(step.at)]);
        break;
      case 'forget':
        // As a broker does: only what it has seen end, and never to be submitted again.
        if (!this.ended.has(nameOf(step.at))) return;
        this.forgotten.add(nameOf(step.at));
        await engine.forget([nameOf(step.at)]);
        break;
      case 'kill the spawner':
        await base.killSpawner();
        break;
      case 'restart the broker':
        await base.leave(engine);
        this.engine = await base.engine();
        break;
      case 'look':
        await this.look();
        break;
      case 'wait':
        await delay(step.ms);
    }
  }

  /** A broker that was stopped while it looked has seen nothing. */
  async look(look = this.engine.look.bind(this.engine)): Promise<void> {
    const names = Array.from({ length: NAMES }, (_, index) => nameOf(index));
    const known = new Set(this.taken);
    const seen = await look(names);
    for (const name of names) {
      const sighting = seen.get(name);
      if (this.forgotten.has(name)) continue;
      if (sighting === undefined && known.has(name)) this.wrong.push(`${name} was taken and is not known`);
      const before = this.ended.get(name);
      if (before !== undefined && sighting?.state !== 'ended')
        this.wrong.push(`${name} had ended and goes on`);
      if (sighting?.state === 'ended') this.#record(name, sighting.ending);
    }
  }

  /** What is told once is told for ever. */
  #record(name: string, ending: Ending): void {
    const before = this.ended.get(name) ?? ending;
    if (before.by !== ending.by) this.wrong.push(`${name} ended by ${before.by}, and then by ${ending.by}`);
    this.ended.set(name, before);
    if (ending.by === 'lost') this.wrong.push(`${name} is lost: ${ending.reason}`);
    const expected = Number(name.slice(1)) % 2 === 0 ? Number(name.slice(1)) : 1;
    if (ending.by === 'exit' && ending.code !== expected)
      this.wrong.push(`${name} ended with ${ending.code}`);
    if (ending.by === 'cancel' && !this.cancelled.has(name)) this.wrong.push(`${name} was never cancelled`);
  }

  /** Sees all to their end, and counts what they have done. */
  async finish(): Promise<string[]> {
    for (const name of this.taken) if (!this.forgotten.has(name)) await endOf(this.engine, name);
    // And those that were taken although the answer got lost.
    await eventually(async () => {
      const seen = await lookUntilAnswered(this.engine, [...Array(NAMES).keys()].map(nameOf));
      return [...seen.values()].every(({ state }) => state === 'ended');
    });
    await this.look((names) => lookUntilAnswered(this.engine, names));
    for (let index = 0; index < NAMES; index += 1) {
      const name = nameOf(index);
      const effects = this.base.effects().get(name) ?? 0;
      const by = this.ended.get(name)?.by;
      if (effects > 1) this.wrong.push(`${name} ran ${effects} times`);
      if (by === 'exit' && effects !== 1) this.wrong.push(`${name} ended by itself and ran ${effects} times`);
      if (by === 'never-started' && effects !== 0)
        this.wrong.push(`${name} never started and ran ${effects} times`);
      if (by === undefined && effects !== 0) this.wrong.push(`${name} ran and nobody knows of it`);
    }
    return this.wrong;
  }
}

describe('in any history', () => {
  it('a name runs at most once, its end never changes, and it is what has become of it', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), async (history, isPatient) => {
        const base = await LocalBase.make();
        try {
          const model = new Model(base, await base.engine());
          const running: Promise<void>[] = [];
          for (const step of history) {
            const done = model.run(step);
            running.push(done);
            // Else the next step comes while this one is under way, except that a broker restarts alone.
            if (isPatient || step.do === 'wait' || step.do === 'restart the broker') await done;
          }
          await Promise.all(running);
          expect(await model.finish()).toEqual([]);
        } finally {
          await base.close();
        }
      }),
      { numRuns: 25, endOnFailure: true },
    );
  }, 120_000);
});
