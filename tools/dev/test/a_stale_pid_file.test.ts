import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { settings, Stack } from './stack.ts';

it('never ends a stranger whose number an old pid file happens to hold', async () => {
  const stranger = spawn('sleep', ['infinity']);
  let strangerEnded = false;
  stranger.once('exit', () => (strangerEnded = true));
  onTestFinished(() => void stranger.kill());

  const given = await settings();
  const dir = given.GROUNDWORK_STATE_DIR;
  const first = new Stack(given);
  await first.ready();
  expect(await first.stop()).toBe(0);
  // As after a power cut, or in a container that was started anew.
  const pidFile = join(dir, 'postgres', 'postmaster.pid');
  expect(existsSync(pidFile)).toBe(false);
  writeFileSync(pidFile, `${stranger.pid}\n${join(dir, 'postgres')}\n`, { mode: 0o644 });
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'supervisor.pid'), `${stranger.pid}\n`);

  const second = new Stack(given);
  await second.ready();
  expect(strangerEnded).toBe(false);
});
