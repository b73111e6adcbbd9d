import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, programOf } from '@groundwork/service/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { Ending } from '../../src/ports/engine.ts';
import { POINTS, type Point } from '../../src/spawner/points.ts';
import { LocalBase } from '../support/local-engines.ts';

const SPAWNER = programOf(new URL('../support/local-dying-spawner.ts', import.meta.url));
const BROKER = programOf(new URL('../support/local-broker.ts', import.meta.url));

const later: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const undo of later.splice(0).toReversed()) await undo();
});

function startBroker(base: LocalBase, story: string): ChildProcess {
  const broker = spawn(process.execPath, [BROKER, base.dir, SPAWNER, story], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  later.push(async () => {
    if (broker.exitCode !== null || broker.signalCode !== null) return;
    broker.kill('SIGKILL');
    await once(broker, 'exit');
  });
  return broker;
}

/** One attempt from its submit to `forget`, with one death on the way. */
async function livesThrough(
  point: Point,
  who: string,
  story: string,
): Promise<{ ending: Ending; effects: number }> {
  const base = await LocalBase.make();
  later.push(() => base.close());
  writeFileSync(join(base.dir, 'death'), `${point}\n${who}`);
  const first = startBroker(base, story);
  const [code] = (await once(first, 'exit')) as [number | null];
  expect(existsSync(join(base.dir, 'death')), 'nobody came to this point').toBe(false);
  if (who === 'the spawner') expect(code).toBe(0);
  else {
    expect(code).toBeNull();
    expect((await once(startBroker(base, story), 'exit'))[0]).toBe(0);
  }
  // Whatever was started is gone by now, or would have its effect: the attempts are seen to their end.
  await eventually(() => readdirSync(join(base.dir, '1', 'attempts')).length === 0);
  const ending = JSON.parse(readFileSync(join(base.dir, 'recorded'), 'utf8')) as Ending;
  // Ends what is left, so that nothing has an effect later.
  await base.engine();
  return { ending, effects: base.effects().get('a') ?? 0 };
}

/** What may be true afterwards. Where two are allowed, it depends on who was faster, and both are right. */
const MAY_BE: Record<Point, readonly string[]> = {
  asked: ['exit'],
  taken: ['never-started'],
  prepared: ['never-started'],
  started: ['never-started', 'exit'],
  answered: ['never-started', 'exit'],
  ended: ['exit'],
  marked: ['cancel'],
  signalled: ['cancel'],
  forgetting: ['exit'],
};

for (const who of ['the broker', 'the spawner', 'both']) {
  describe(`kill -9 of ${who}`, () => {
    for (const point of POINTS) {
      it(`at "${point}" leaves one run and its end, or none that is known not to have run`, async () => {
        const story = point === 'marked' || point === 'signalled' ? 'cancelled' : 'ended';
        const { ending, effects } = await livesThrough(point, who, story);
        if (who === 'the broker') expect(ending.by).toBe(story === 'cancelled' ? 'cancel' : 'exit');
        else expect(MAY_BE[point]).toContain(ending.by);
        expect(effects).toBe(ending.by === 'never-started' ? 0 : 1);
        if (ending.by === 'exit') expect(ending.code).toBe(3);
      });
    }
  });
}
