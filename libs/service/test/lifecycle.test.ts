import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createLifecycle, type Component } from '../src/index.ts';
import { eventually } from '../src/testing.ts';
import { recordingLogger } from './helpers/app.ts';
import { FakeProcess } from './helpers/process.ts';

const { logger } = recordingLogger();

function recording(names: readonly string[], events: string[]): Component[] {
  return names.map((name) => ({
    name,
    start: async () => {
      await delay(1);
      events.push(`start ${name}`);
    },
    stop: async () => {
      await delay(1);
      events.push(`stop ${name}`);
    },
  }));
}

describe('a service', () => {
  it('starts its parts in order, and after SIGTERM stops them in reverse and exits 0', async () => {
    const events: string[] = [];
    const process = new FakeProcess();
    const components = recording(['database', 'queue', 'http'], events);
    const lifecycle = createLifecycle({ components, drainSeconds: 5, logger });
    expect(lifecycle.state).toBe('starting');
    await lifecycle.run(process);
    expect(lifecycle.state).toBe('running');
    expect(events).toEqual(['start database', 'start queue', 'start http']);
    process.send('SIGTERM');
    expect(lifecycle.state).toBe('draining');
    await eventually(() => process.exits.length > 0);
    expect(lifecycle.state).toBe('stopped');
    expect(events.slice(3)).toEqual(['stop http', 'stop queue', 'stop database']);
    expect(process.exits).toEqual([0]);
  });

  it('that cannot start stops what it has started, says why and exits 1', async () => {
    const events: string[] = [];
    const process = new FakeProcess();
    const failing: Component = {
      name: 'http',
      start: () => Promise.reject(new Error('Port 3001 is already in use')),
    };
    const log = recordingLogger();
    const components = [...recording(['database'], events), failing, ...recording(['last'], events)];
    await createLifecycle({ components, drainSeconds: 5, logger: log.logger }).run(process);
    expect(events).toEqual(['start database', 'stop database']);
    expect(process.exits).toEqual([1]);
    expect(log.text()).toContain('could not start: Port 3001 is already in use');
  });

  it('that is told to stop while it starts goes no further and exits 0', async () => {
    const events: string[] = [];
    const process = new FakeProcess();
    const [first, last] = recording(['first', 'last'], events) as [Component, Component];
    const interrupted: Component = { name: 'slow', start: () => process.send('SIGTERM') };
    const components = [first, interrupted, last];
    const lifecycle = createLifecycle({ components, drainSeconds: 5, logger });
    await lifecycle.run(process);
    await eventually(() => process.exits.length > 0);
    expect(events).toEqual(['start first', 'stop first']);
    expect(process.exits).toEqual([0]);
    expect(lifecycle.state).toBe('stopped');
  });

  it('stops the others although one part fails to stop, and exits 1', async () => {
    const events: string[] = [];
    const process = new FakeProcess();
    const broken: Component = { name: 'broken', stop: () => Promise.reject(new Error('no')) };
    const components = [...recording(['database'], events), broken];
    await createLifecycle({ components, drainSeconds: 5, logger }).run(process);
    process.send('SIGINT');
    await eventually(() => process.exits.length > 0);
    expect(events).toContain('stop database');
    expect(process.exits).toEqual([1]);
  });

  it('may be stopped from inside as often as one likes', async () => {
    const events: string[] = [];
    const lifecycle = createLifecycle({ components: recording(['a'], events), drainSeconds: 5, logger });
    await lifecycle.run(new FakeProcess());
    expect(await Promise.all([lifecycle.stop('one'), lifecycle.stop('two')])).toEqual([true, true]);
    expect(events).toEqual(['start a', 'stop a']);
  });
});
