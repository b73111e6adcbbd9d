import { spawn } from 'node:child_process';
import { DeleteBucketCommand } from '@aws-sdk/client-s3';
import { eventually, freePort, programOf } from '@groundwork/service/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createBucketCheck } from '../src/adapters/s3-buckets.ts';
import { distinctJpeg } from './support/pictures.ts';
import { settingsOf, startStack, type Stack } from './support/stack.ts';

const MAIN = programOf(new URL('../src/main.ts', import.meta.url));

let stack: Stack;
beforeEach(async () => {
  stack = await startStack();
});
afterEach(() => stack.close());

function startService(settings: Record<string, string>) {
  const child = spawn(process.execPath, [MAIN], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...settingsOf(stack.endpoint),
      AUTH_MODE: 'none',
      PORT: '0',
      LOG_LEVEL: 'info',
      ...settings,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, ended, output: () => output };
}

it('a bucket that is there is fine; one that is not is named, with what to do', async () => {
  await createBucketCheck(stack.s3, 'uploads')();
  await expect(createBucketCheck(stack.s3, 'nowhere')()).rejects.toThrow(
    'There is no bucket nowhere: create it, or correct UPLOADS_BUCKET or THUMBNAILS_BUCKET.',
  );
});

it.each([
  [403, 'allow s3:ListBucket'],
  [301, 'in another region: correct AWS_REGION'],
  [500, 'The bucket uploads cannot be looked at'],
])('what S3 means by %i is said', async (status, words) => {
  stack.s3.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      (result.response as { statusCode: number }).statusCode = status;
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'answers' },
  );
  await expect(createBucketCheck(stack.s3, 'uploads')()).rejects.toThrow(words);
});

it('the service does not start to handle messages when a bucket is missing', async () => {
  await stack.put('a.jpg', await distinctJpeg(1, 40, 30));
  await eventually(async () => (await stack.backlog('uploads')) > 0);
  const { ended, output } = startService({ UPLOADS_BUCKET: 'nowhere' });
  expect(await ended).toBe(1);
  expect(output()).toContain('There is no bucket nowhere');
  expect(await stack.backlog('uploads')).toBeGreaterThan(0);
  expect(await stack.thumbnailKeys('')).toEqual([]);
});

it('and is not ready any more when one goes', async () => {
  const port = await freePort();
  const { child, ended } = startService({ PORT: String(port) });
  const ready = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
    const { checks } = (await answer.json()) as { checks: Record<string, string> };
    return { status: answer.status, checks };
  };
  await eventually(async () => (await ready()).status === 200);
  expect((await ready()).checks).toMatchObject({ 'uploads-bucket': 'ok', 'thumbnails-bucket': 'ok' });
  await stack.s3.send(new DeleteBucketCommand({ Bucket: 'thumbnails' }));
  const after = await ready();
  expect(after.status).toBe(503);
  expect(after.checks['thumbnails-bucket']).toContain('There is no bucket thumbnails');
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});
