import { PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { drain, keysIn, notifyingBucket, start } from './sandbox.ts';

async function prepared() {
  const running = await start();
  const url = await notifyingBucket(running, 'photos');
  const put = async (...keys: string[]) => {
    for (const Key of keys) await running.s3.send(new PutObjectCommand({ Bucket: 'photos', Key, Body: 'x' }));
  };
  return { running, put, arrived: async (seconds = 1) => keysIn(await drain(running, url, seconds)) };
}

it('drops as many notifications as asked', async () => {
  const { running, put, arrived } = await prepared();
  running.faults.add({ kind: 'drop', times: 1 });
  await put('a', 'b');
  expect(await arrived()).toEqual(['b']);
});

it('drops only those of the keys it is about', async () => {
  const { running, put, arrived } = await prepared();
  running.faults.add({ kind: 'drop', bucket: 'photos', keyPrefix: 'raw/' });
  await put('raw/a', 'b', 'raw/c');
  expect(await arrived()).toEqual(['b']);
});

it('delivers a duplicate that is the same message twice', async () => {
  const { running, put, arrived } = await prepared();
  running.faults.add({ kind: 'duplicate', times: 1 });
  await put('a', 'b');
  expect((await arrived()).toSorted((x, y) => x.localeCompare(y))).toEqual(['a', 'a', 'b']);
});

it('holds one back while later ones overtake it', async () => {
  const { running, put, arrived } = await prepared();
  running.faults.add({ kind: 'delay', latencyMs: 700, times: 1 });
  const began = performance.now();
  await put('late', 'early');
  expect(await arrived(2)).toEqual(['early', 'late']);
  expect(performance.now() - began).toBeGreaterThan(690);
});

it('shuffles notifications and loses none', async () => {
  const { running, put, arrived } = await prepared();
  running.faults.add({ kind: 'reorder', latencyMs: 500 });
  const sent = Array.from({ length: 30 }, (_, i) => `key-${String(i).padStart(2, '0')}`);
  await put(...sent);
  const received = await arrived(2);
  expect(received.toSorted((x, y) => x.localeCompare(y))).toEqual(sent);
  expect(received).not.toEqual(sent); // in order once in 30!
});
