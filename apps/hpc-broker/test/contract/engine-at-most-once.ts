import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@groundwork/service/testing';
import type { Suite } from '@groundwork/service/testing/contract';
import { describe, expect } from 'vitest';
import { EngineUnavailable } from '../../src/ports/engine.ts';
import {
  appears,
  counted,
  endOf,
  OK,
  ran,
  runsOf,
  sight,
  submitted,
  type EnginePlace,
} from './engine-place.ts';

/** A name runs at most once, whoever submits it how often, and whatever gets lost. */
export const describeAtMostOnce: Suite<EnginePlace> = (test) => {
  describe('a name', () => {
    test('that is submitted again and again runs once', async (place) => {
      const job = counted(place, 'a');
      expect(await place.engine.submit([job])).toEqual([OK]);
      expect(await place.engine.submit([job, job])).toEqual([OK, OK]);
      expect(await endOf(place, 'a')).toEqual({ by: 'exit', code: 0 });
      expect(await place.engine.submit([job])).toEqual([OK]);
      expect(await endOf(place, 'a')).toEqual({ by: 'exit', code: 0 });
      expect(runsOf(place, 'a')).toBe(1);
    });

    test('that is submitted many times at once runs once', async (place) => {
      const job = counted(place, 'a');
      const receipts = await Promise.all(Array.from({ length: 20 }, () => place.engine.submit([job])));
      expect(receipts.flat().every(({ accepted }) => accepted)).toBe(true);
      await endOf(place, 'a');
      expect(runsOf(place, 'a')).toBe(1);
    });

    test('that is submitted again by a broker that was restarted runs once', async (place) => {
      const job = counted(place, 'a', `until [ -e ${place.dir}/go ]; do sleep 0.02; done`);
      await place.engine.submit([job]);
      await appears(place, 'a');
      const engine = await place.restarted();
      expect(await engine.submit([job])).toEqual([OK]);
      expect(await sight(engine, 'a')).toMatchObject({ state: 'running' });
      await engine.submit([counted(place, 'go')]);
      expect(await endOf(place, 'a', engine)).toEqual({ by: 'exit', code: 0 });
      expect(runsOf(place, 'a')).toBe(1);
    });

    test('whose answer got lost is taken once when it is submitted again', async (place) => {
      const jobs = Array.from({ length: place.cores }, (_, at) => counted(place, `a${at}`));
      const asked = place.engine.submit(jobs).catch((error: unknown) => error);
      await place.interrupt();
      const answer = await asked;
      expect(Array.isArray(answer) || answer instanceof EngineUnavailable).toBe(true);
      expect((await submitted(place.engine, jobs)).every(({ accepted }) => accepted)).toBe(true);
      for (const { name } of jobs) {
        const ending = await endOf(place, name);
        expect(runsOf(place, name)).toBe(ending.by === 'exit' ? 1 : 0);
        expect(['exit', 'never-started']).toContain(ending.by);
      }
    });

    test('is one of many, and each of them runs once', async (place) => {
      const jobs = Array.from({ length: place.many }, (_, at) => counted(place, `a${at}`));
      const waiting = [...jobs];
      await eventually(
        async () => {
          const receipts = await place.engine.submit(waiting);
          const left = waiting.filter((_, at) => receipts[at]?.accepted !== true);
          waiting.splice(0, waiting.length, ...left);
          return waiting.length === 0;
        },
        { withinMs: place.withinMs * 3 },
      );
      for (const { name } of jobs) {
        expect(await endOf(place, name)).toEqual({ by: 'exit', code: 0 });
        expect(runsOf(place, name)).toBe(1);
      }
    });
  });

  describe('a cancel that comes before the submit', () => {
    test('is remembered: the submit is refused for good', async (place) => {
      await place.engine.cancel(['a']);
      expect(await place.engine.submit([counted(place, 'a')])).toMatchObject([
        { accepted: false, forGood: true },
      ]);
      await ran(place, counted(place, 'b'));
      expect(runsOf(place, 'a')).toBe(0);
    });

    test('is remembered by an engine that was interrupted, and whose broker was restarted', async (place) => {
      await place.engine.cancel(['a']);
      await place.interrupt();
      const engine = await place.restarted();
      expect(await engine.submit([counted(place, 'a')])).toMatchObject([{ accepted: false, forGood: true }]);
    });

    test('at the same moment leaves it cancelled or ended, and never running', async (place) => {
      const job = counted(place, 'a', 'sleep 1000');
      await Promise.all([place.engine.submit([job]), place.engine.cancel(['a'])]);
      expect(['cancel', 'never-started']).toContain((await endOf(place, 'a')).by);
    });
  });

  describe('a look', () => {
    test('does not know what was never submitted', async (place) => {
      expect(await place.engine.look(['a', 'b'])).toEqual(new Map());
    });

    test('tells an end until it is forgotten, also to a broker that was restarted', async (place) => {
      await ran(place, counted(place, 'a', 'exit 7'));
      await place.interrupt();
      const engine = await place.restarted();
      expect(await sight(engine, 'a')).toMatchObject({ state: 'ended', ending: { by: 'exit', code: 7 } });
      await engine.forget(['a']);
      expect(await engine.look(['a'])).toEqual(new Map());
      expect(await engine.output('a', 'stdout', 0, 100)).toBeUndefined();
    });

    test('says since when it runs, and when it has ended', async (place) => {
      const before = Date.now();
      await ran(place, counted(place, 'a', 'sleep 0.3'));
      const seen = await sight(place.engine, 'a');
      if (seen?.state !== 'ended') throw new Error('it should have ended');
      // Engines tell whole seconds at the worst, rounded down.
      expect(seen.startedAt?.getTime()).toBeGreaterThan(before - 1_001);
      expect(seen.endedAt.getTime() - seen.startedAt!.getTime()).toBeGreaterThanOrEqual(0);
      expect(seen.endedAt.getTime()).toBeLessThan(Date.now() + 1_001);
    });
  });

  describe('a listener', () => {
    test('hears of starts and ends until it goes', async (place) => {
      const heard: string[] = [];
      const stop = place.engine.onChange((names) => void heard.push(...names));
      await ran(place, counted(place, 'a'));
      await eventually(() => heard.includes('a'), { withinMs: place.withinMs });
      stop();
      await ran(place, counted(place, 'b'));
      await delay(50);
      expect(heard).not.toContain('b');
    });
  });
};
