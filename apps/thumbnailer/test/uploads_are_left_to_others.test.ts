import { spawn } from 'node:child_process';
import { eventually, freePort, programOf } from '@groundwork/service/testing';
import { expect, it } from 'vitest';
import { distinctJpeg } from './support/pictures.ts';
import { settingsOf, startStack } from './support/stack.ts';

const MAIN = programOf(new URL('../src/main.ts', import.meta.url));

it('with WORKER_CONCURRENCY=0 it serves images, is ready, and leaves what waits to whoever works', async () => {
  const stack = await startStack();
  const port = await freePort();
  const child = spawn(process.execPath, [MAIN], {
    stdio: 'ignore',
    env: {
      ...process.env,
      ...settingsOf(stack.endpoint),
      AUTH_MODE: 'none',
      PORT: String(port),
      WORKER_CONCURRENCY: '0',
      QUEUE_POLL_SECONDS: '1',
      LOG_LEVEL: 'warn',
    },
  });
  try {
    await stack.put('photo.jpg', await distinctJpeg(1, 80, 60));
    const ready = () => fetch(`http://127.0.0.1:${port}/readyz`);
    await eventually(async () => (await ready().catch(() => undefined))?.status === 200, {
      withinMs: 20_000,
    });
    expect(Object.keys(((await (await ready()).json()) as { checks: object }).checks)).toEqual([
      'uploads-bucket',
      'thumbnails-bucket',
    ]);
    expect((await fetch(`http://127.0.0.1:${port}/images/photo.jpg`)).status).not.toBe(200);
    // With S3's test event.
    expect(await stack.backlog('uploads')).toBe(2);
  } finally {
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await exited;
    await stack.close();
  }
});
