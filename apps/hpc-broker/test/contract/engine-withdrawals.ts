import { join } from 'node:path';
import { eventually } from '@groundwork/service/testing';
import type { Suite } from '@groundwork/service/testing/contract';
import { describe, expect } from 'vitest';
import { counted, endOf, OK, runsOf, sight, submitted, type EnginePlace } from './engine-place.ts';

const AT_ONCE = 4;

/** What is taken back never runs, and what has begun goes on; of engines that begin whatever they take, nothing is. */
export const describeWithdrawals: Suite<EnginePlace> = (test) => {
  describe('a withdrawal', () => {
    test('leaves what runs to its end', async (place) => {
      if (place.engine.withdraw === undefined) return;
      const job = counted(place, 'a', `until [ -e ${join(place.dir, 'go')} ]; do sleep 0.05; done`);
      await submitted(place.engine, [job]);
      await eventually(async () => runsOf(place, 'a') === 1, { withinMs: place.withinMs });
      await place.engine.withdraw(['a']);
      await submitted(place.engine, [counted(place, 'go')]);
      expect(await endOf(place, 'a')).toEqual({ by: 'exit', code: 0 });
      expect(runsOf(place, 'a')).toBe(1);
    });

    test('at any moment after the submit leaves it either withdrawn, and it never ran, or run once', async (place) => {
      if (place.engine.withdraw === undefined) return;
      const jobs = Array.from({ length: AT_ONCE }, (_, at) => counted(place, `a${at}`));
      expect(await submitted(place.engine, jobs)).toEqual(jobs.map(() => OK));
      const names = jobs.map(({ name }) => name);
      await place.engine.withdraw(names);
      await place.engine.withdraw(names);
      for (const name of names) {
        const { by } = await endOf(place, name);
        expect(['withdrawn', 'exit']).toContain(by);
        expect(runsOf(place, name)).toBe(by === 'withdrawn' ? 0 : 1);
      }
    });

    test('holds when it is submitted again, also by a broker that was restarted', async (place) => {
      if (place.engine.withdraw === undefined) return;
      const job = counted(place, 'a');
      await submitted(place.engine, [job]);
      await place.engine.withdraw(['a']);
      const { by } = await endOf(place, 'a');
      const engine = await place.restarted();
      expect(await submitted(engine, [job])).toEqual([OK]);
      expect(await endOf(place, 'a', engine)).toMatchObject({ by });
      expect(runsOf(place, 'a')).toBe(by === 'withdrawn' ? 0 : 1);
    });

    test('of what nobody has heard of begins nothing', async (place) => {
      if (place.engine.withdraw === undefined) return;
      await place.engine.withdraw(['a']);
      expect(['submitted', 'running']).not.toContain((await sight(place.engine, 'a'))?.state);
    });
  });
};
