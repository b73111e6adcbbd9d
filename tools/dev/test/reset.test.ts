import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { settings, Stack } from './stack.ts';

const RESET = ['npm', 'run', 'reset'];

it('refuses to forget the state of a running stack and forgets it afterwards', async () => {
  const given = await settings();
  const dir = given.GROUNDWORK_STATE_DIR;
  const object = `http://127.0.0.1:${given.SANDBOX_PORT}/uploads/forgotten.txt`;
  const stack = new Stack(given);
  await stack.ready();
  await fetch(object, { method: 'PUT', body: 'x' });

  const tooEarly = new Stack(given, {}, RESET);
  expect(await tooEarly.ended).toBe(1);
  expect(tooEarly.output).toContain('Stop it first');
  // On other ports, but the same state:
  const elsewhere = new Stack(await settings(dir), {}, RESET);
  expect(await elsewhere.ended).toBe(1);
  expect(elsewhere.output).toContain(`(pid ${stack.pid})`);
  expect((await fetch(object)).status).toBe(200);

  expect(await stack.stop()).toBe(0);
  const reset = new Stack(given, {}, RESET);
  expect(await reset.ended).toBe(0);
  expect(existsSync(dir) ? readdirSync(dir) : []).toEqual([]);

  const again = new Stack(given);
  await again.ready();
  expect((await fetch(object)).status).toBe(404);
});

it('removes nothing that the stack has not written, should its folder be a wrong one', async () => {
  const given = await settings();
  const precious = join(given.GROUNDWORK_STATE_DIR, 'thesis.tex');
  writeFileSync(precious, 'three years of work');
  const reset = new Stack(given, {}, RESET);
  expect(await reset.ended).toBe(0);
  expect(existsSync(precious)).toBe(true);
});
