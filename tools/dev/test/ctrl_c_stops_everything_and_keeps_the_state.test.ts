import { eventually } from '@groundwork/service/testing';
import { expect, it } from 'vitest';
import { listeners } from './listening.ts';
import { commandOf, portsOf, settings, Stack } from './stack.ts';

const PHOTO = 'the bytes of an upload';

it('stops every process on Ctrl-C, frees every port and has the uploads again at the next start', async () => {
  const given = await settings();
  const object = `http://127.0.0.1:${given.SANDBOX_PORT}/uploads/kept.txt`;

  const first = new Stack(given);
  await first.ready();
  expect((await fetch(object, { method: 'PUT', body: PHOTO })).status).toBe(200);
  expect(await first.stop()).toBe(0);

  expect(first.output).toContain('Stopped.');
  expect(first.output).not.toMatch(/was ended by|exited with code|second signal|is killed/);
  expect(first.processes()).toEqual([]);
  const ports = new Set(portsOf(given));
  expect(listeners().filter(({ port }) => ports.has(port))).toEqual([]);

  const second = new Stack(given);
  await second.ready();
  expect(await (await fetch(object)).text()).toBe(PHOTO);
  expect(await second.stop()).toBe(0);
});

it('stops in order when a terminal sends Ctrl-C to npm and to the stack at once', async () => {
  const stack = new Stack(await settings(), {}, ['npm', 'start']);
  await stack.ready();
  process.kill(-stack.pid, 'SIGINT');
  expect(await stack.ended).toBe(0);
  expect(stack.output).toContain('Stopped.');
  expect(stack.output).not.toContain('second signal');
  expect(stack.processes()).toEqual([]);
});

it('starts again after starts that were interrupted at any moment', async () => {
  const given = await settings();
  const isPostgresThere = (stack: Stack) => /postgres .*listening/.test(stack.output);
  const moments: ((stack: Stack) => boolean)[] = [
    // A machine that is busy may let us look again only when that is over.
    (stack) => stack.processes().some((pid) => commandOf(pid).includes('initdb')) || isPostgresThere(stack),
    isPostgresThere,
    (stack) => /thumbnailer .*listening/.test(stack.output),
  ];
  for (const moment of moments) {
    const stack = new Stack(given);
    await eventually(() => moment(stack), { everyMs: 10, withinMs: 40_000 });
    expect(await stack.stop()).toBe(0);
    expect(stack.processes()).toEqual([]);
    expect(stack.output).not.toContain('is ready after');
  }
  const last = new Stack(given);
  await last.ready();
});
