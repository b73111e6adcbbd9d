import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@groundwork/service/testing';
import type { Suite } from '@groundwork/service/testing/contract';
import { describe, expect } from 'vitest';
import {
  appears,
  counted,
  endOf,
  placementOf,
  ran,
  runsOf,
  sight,
  type EnginePlace,
} from './engine-place.ts';

/** Ticks for as long as it lives; `ticks` says whether somebody does. */
const ticking = (place: EnginePlace, file: string): string =>
  `sh -c 'while :; do echo tick >>${join(place.dir, file)}; sleep 0.05; done'`;

async function stopsTicking(place: EnginePlace, file: string): Promise<void> {
  await eventually(
    async () => {
      const before = runsOf(place, file);
      await new Promise((resolve) => setTimeout(resolve, 300));
      return runsOf(place, file) === before;
    },
    { withinMs: place.withinMs, what: `the end of what writes ${file}` },
  );
}

/** How an attempt has ended, as the shell says it, or why it was ended. */
export const describeEndings: Suite<EnginePlace> = (test) => {
  describe('an ending', () => {
    for (const code of [0, 1, 77, 255]) {
      test(`is the exit code ${code}`, async (place) => {
        expect(await ran(place, placementOf('a', { shell: `exit ${code}` }))).toEqual({ by: 'exit', code });
      });
    }

    for (const [signal, code] of Object.entries({ TERM: 143, SEGV: 139, KILL: 137 })) {
      test(`by SIG${signal} of its own is ${code}`, async (place) => {
        const ending = await ran(
          place,
          placementOf('a', { command: ['sh', '-c', `kill -${signal} $$; sleep 9`] }),
        );
        expect(ending).toEqual({ by: 'exit', code });
      });
    }

    test('of a program that is not there is 127', async (place) => {
      const ending = await ran(place, placementOf('a', { command: ['no-such-program'] }));
      expect(ending).toEqual({ by: 'exit', code: 127 });
    });

    test('is told as walltime when its time was over', async (place) => {
      const began = performance.now();
      const ending = await ran(place, placementOf('a', { command: ['sleep', '1000'], walltimeSeconds: 1 }));
      expect(ending).toEqual({ by: 'walltime' });
      expect(performance.now() - began).toBeGreaterThan(900);
    });

    test('comes by itself for what was left in the background', async (place) => {
      const job = placementOf('a', {
        shell: `${ticking(place, 'ticks')} & until [ -s ${place.dir}/ticks ]; do sleep 0.01; done`,
      });
      expect(await ran(place, job)).toEqual({ by: 'exit', code: 0 });
      expect(runsOf(place, 'ticks')).toBeGreaterThan(0);
      await stopsTicking(place, 'ticks');
    });

    test('for want of memory is told as that, and the others go on', async (place) => {
      if (!place.has.memoryLimit) return;
      await place.engine.submit([
        placementOf('other', { command: ['sleep', '1000'], resources: { memoryMiB: 32 } }),
      ]);
      // tail keeps all that has no newline.
      const greedy = { shell: 'head -c 400M /dev/zero | tail >/dev/null', resources: { memoryMiB: 64 } };
      expect(await ran(place, placementOf('a', greedy))).toEqual({ by: 'memory' });
      expect(await sight(place.engine, 'other')).toMatchObject({ state: 'running' });
    });
  });

  describe('a cancel', () => {
    test('sends SIGTERM, and gives time to clean up', async (place) => {
      const clean = `trap 'echo cleaned >${place.dir}/cleaned; exit 0' TERM; echo up >${place.dir}/up; sleep 1000 & wait`;
      await place.engine.submit([placementOf('a', { shell: clean })]);
      await appears(place, 'up');
      await place.engine.cancel(['a']);
      expect(await endOf(place, 'a')).toEqual({ by: 'cancel' });
      expect(await appears(place, 'cleaned')).toBe('cleaned');
    });

    test('kills what does not listen', async (place) => {
      const deaf = `trap '' TERM HUP INT; echo up >${place.dir}/up; while :; do sleep 0.1; done`;
      await place.engine.submit([placementOf('a', { shell: deaf })]);
      await appears(place, 'up');
      await place.engine.cancel(['a']);
      expect(await endOf(place, 'a')).toEqual({ by: 'cancel' });
    });

    test('is the end of grandchildren too', async (place) => {
      await place.engine.submit([
        placementOf('a', { shell: `(trap '' TERM; ${ticking(place, 'ticks')}) & wait` }),
      ]);
      await appears(place, 'ticks');
      await place.engine.cancel(['a']);
      expect(await endOf(place, 'a')).toEqual({ by: 'cancel' });
      await stopsTicking(place, 'ticks');
    });

    test('is the end of what has left its session too', async (place) => {
      if (!place.has.containment) return;
      const shell = `setsid ${ticking(place, 'ticks')} & sleep 1000`;
      await place.engine.submit([placementOf('a', { shell })]);
      await appears(place, 'ticks');
      await place.engine.cancel(['a']);
      expect(await endOf(place, 'a')).toEqual({ by: 'cancel' });
      await stopsTicking(place, 'ticks');
    });

    test('sends the signal of a checkpoint first, only to what handles it, and waits for the grace', async (place) => {
      // The outer shell has no handler and would die of the signal.
      const program = `trap "echo saved >${place.dir}/saved; exit 0" USR1; echo up >${place.dir}/up; while :; do sleep 0.05; done`;
      const shell = `sh -c '${program}'; exit $?`;
      const checkpoint = { signal: 'SIGUSR1' as const, graceSeconds: 20 };
      await place.engine.submit([placementOf('a', { shell, checkpoint })]);
      await appears(place, 'up');
      await place.engine.cancel(['a']);
      expect(await endOf(place, 'a')).toEqual({ by: 'cancel' });
      expect(existsSync(join(place.dir, 'saved'))).toBe(true);
    });

    test('ends what does not end itself within the grace of its checkpoint', async (place) => {
      const checkpoint = { signal: 'SIGUSR2' as const, graceSeconds: 1 };
      await place.engine.submit([
        placementOf('a', { shell: `echo up >${place.dir}/up; exec sleep 1000`, checkpoint }),
      ]);
      await appears(place, 'up');
      const began = performance.now();
      await place.engine.cancel(['a']);
      expect(await endOf(place, 'a')).toEqual({ by: 'cancel' });
      expect(performance.now() - began).toBeGreaterThan(900);
    });

    test('of what has ended changes nothing', async (place) => {
      await ran(place, counted(place, 'a', 'exit 5'));
      await place.engine.cancel(['a', 'a']);
      expect(await endOf(place, 'a')).toEqual({ by: 'exit', code: 5 });
    });
  });
};
