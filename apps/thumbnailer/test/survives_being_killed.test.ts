import { spawn, type ChildProcess } from 'node:child_process';
import { eventually, programOf } from '@groundwork/service/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { distinctJpeg } from './support/pictures.ts';
import { settingsOf, startStack, type Stack } from './support/stack.ts';

const MAIN = programOf(new URL('../src/main.ts', import.meta.url));
const UPLOADS = 500;
/** What an image costs is not the matter here. */
const PRESETS_YAML = 'presets: [{ name: a, width: 16, height: 16, formats: [jpeg] }]';

let stack: Stack;
const started: ChildProcess[] = [];

beforeEach(async () => {
  stack = await startStack();
});
afterEach(async () => {
  for (const child of started) child.kill('SIGKILL');
  await stack.close();
});

function startService(): ChildProcess {
  const child = spawn(process.execPath, [MAIN], {
    stdio: 'ignore',
    env: {
      ...process.env,
      ...settingsOf(stack.endpoint),
      AUTH_MODE: 'none',
      PORT: '0',
      WORKER_CONCURRENCY: '4',
      LOG_LEVEL: 'warn',
      PRESETS_YAML,
    },
  });
  started.push(child);
  return child;
}

const manifests = async () => (await stack.thumbnailKeys('manifests/')).length;

it(`killed in the middle of ${UPLOADS} uploads and started again, it completes all of them`, async () => {
  const keys = Array.from({ length: UPLOADS }, (_, i) => `batch/${i}.jpg`);
  const first = startService();
  for (const [i, key] of keys.entries()) await stack.put(key, await distinctJpeg(i, 80, 60));
  await eventually(async () => (await manifests()) > 20, { withinMs: 30_000, what: 'some thumbnails' });
  const exited = new Promise((resolve) => first.once('exit', resolve));
  first.kill('SIGKILL');
  await exited;
  expect(await manifests()).toBeLessThan(UPLOADS);

  startService();
  await eventually(async () => (await manifests()) === UPLOADS, {
    withinMs: 120_000,
    everyMs: 200,
    what: 'all thumbnails',
  });
  await stack.settled();
  for (const key of keys) {
    const source = await stack.parts.sources.head({ bucket: 'uploads', key });
    expect(await stack.manifest(key)).toMatchObject({ state: 'ready', source: { etag: source?.etag } });
  }
  expect(await stack.backlog('uploads-dlq')).toBe(0);
}, 240_000);
