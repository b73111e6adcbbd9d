import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createLifecycle, type Component } from '../src/index.ts';
import { eventually } from '../src/testing.ts';
import { recordingLogger } from './helpers/app.ts';
import { FakeProcess } from './helpers/process.ts';

/** A service that drains until `release` is called, or for ever. */
async function drainingService(options: { drainSeconds: number; stop?: Component['stop'] }) {
  const released = Promise.withResolvers<void>();
  const process = new FakeProcess();
  const stopped: string[] = [];
  const log = recordingLogger();
  const lifecycle = createLifecycle({
    components: [
      { name: 'below', stop: () => void stopped.push('below') },
      { name: 'busy', stop: options.stop ?? (() => released.promise) },
    ],
    drainSeconds: options.drainSeconds,
    logger: log.logger,
  });
  await lifecycle.run(process);
  return { process, release: released.resolve, stopped, log, lifecycle };
}

describe('a drain', () => {
  it('that takes too long tells its parts to hand back, and exits 1', async () => {
    let abortedAfterMs = 0;
    const began = performance.now();
    const { process, stopped, log } = await drainingService({
      drainSeconds: 0.2,
      stop: (signal) =>
        new Promise((resolve) =>
          signal.addEventListener('abort', () => {
            abortedAfterMs = performance.now() - began;
            resolve();
          }),
        ),
    });
    process.send('SIGTERM');
    await eventually(() => process.exits.length > 0);
    expect(abortedAfterMs).toBeGreaterThan(180);
    expect(process.exits).toEqual([1]);
    expect(stopped).toEqual(['below']);
    expect(log.text()).toContain('stopped before all work had finished');
  });

  it('does not wait for a part that ignores its deadline for more than two seconds', async () => {
    const { process, stopped, log } = await drainingService({ drainSeconds: 0.1 });
    const began = performance.now();
    process.send('SIGTERM');
    await eventually(() => process.exits.length > 0);
    expect(performance.now() - began).toBeGreaterThan(2_000);
    expect(performance.now() - began).toBeLessThan(3_500);
    expect(stopped).toEqual(['below']);
    expect(process.exits).toEqual([1]);
    expect(log.lines().find((line) => line['msg'] === 'did not stop in time')?.['component']).toBe('busy');
  });

  it('takes a signal that arrives twice within half a second for one', async () => {
    const { process, release } = await drainingService({ drainSeconds: 5 });
    process.send('SIGINT');
    process.send('SIGINT');
    await delay(100);
    process.send('SIGTERM');
    expect(process.exits).toEqual([]);
    release();
    await eventually(() => process.exits.length > 0);
    expect(process.exits).toEqual([0]);
  });

  it('is cut short by a second signal later than that, with exit code 1', async () => {
    const { process, release, lifecycle } = await drainingService({ drainSeconds: 5 });
    process.send('SIGINT');
    const stillDraining = performance.now();
    await eventually(() => performance.now() - stillDraining > 550);
    expect(process.exits).toEqual([]);
    process.send('SIGINT');
    expect(process.exits).toEqual([1]);
    release();
    await lifecycle.stop('clean up');
  });
});
