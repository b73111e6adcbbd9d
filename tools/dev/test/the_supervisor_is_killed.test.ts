import { eventually } from '@groundwork/service/testing';
import { expect, it } from 'vitest';
import { listeners } from './listening.ts';
import { portsOf, settings, Stack } from './stack.ts';

async function nothingIsLeftOf(stack: Stack): Promise<void> {
  const ports = new Set(portsOf(stack.settings));
  await eventually(() => stack.processes().length === 0 && !listeners().some(({ port }) => ports.has(port)), {
    withinMs: 40_000,
    what: `the end of all processes`,
  });
}

it('leaves no process, no Postgres and no port when the supervisor is killed, also while it starts', async () => {
  const given = await settings();
  for (const started of [2, 3, 4]) {
    const stack = new Stack(given);
    await eventually(() => stack.processes().length >= started, { everyMs: 10, withinMs: 40_000 });
    process.kill(stack.pid, 'SIGKILL');
    await nothingIsLeftOf(stack);
  }
  const last = new Stack(given);
  await last.ready();
  expect(last.output).not.toContain('starting it again');
  expect(last.processes().length).toBeGreaterThan(5); // Postgres has several
  process.kill(last.pid, 'SIGKILL');
  await nothingIsLeftOf(last);
});
