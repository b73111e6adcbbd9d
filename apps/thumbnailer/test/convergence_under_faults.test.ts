import { PutObjectCommand } from '@aws-sdk/client-s3';
import { eventually } from '@groundwork/service/testing';
import fc from 'fast-check';
import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { converge } from '../src/domain/converge.ts';
import { manifestKey } from '../src/domain/keys.ts';
import { distinctJpeg } from './support/pictures.ts';
import { startStack, type Stack } from './support/stack.ts';

/** `npm run soak` raises it. */
const RUNS = Number(process.env['SOAK_RUNS'] ?? 8);

let stack: Stack;
beforeEach(async () => {
  stack = await startStack();
});
afterEach(() => stack.close());

/** The manifest tells of the object that is there now, or that there is none. */
async function expectTruth(key: string): Promise<void> {
  const source = await stack.parts.sources.head({ bucket: 'uploads', key });
  const manifest = await stack.manifest(key);
  if (source === undefined) {
    expect(manifest === undefined || manifest.state === 'gone').toBe(true);
    return;
  }
  expect(manifest).toMatchObject({ state: 'ready', source: { etag: source.etag } });
  if (manifest?.state !== 'ready') return;
  const stored = new Set(await stack.thumbnailKeys('derivatives/'));
  expect(manifest.derivatives.filter(({ key: image }) => !stored.has(image))).toEqual([]);
}

describe('whatever happens to events and answers, the thumbnails end up true', () => {
  it(
    'under duplicated, shuffled and delayed events, lost answers, errors and two workers',
    async () => {
      const photos = await Promise.all([0, 1, 2, 3].map((seed) => distinctJpeg(seed, 40, 30)));
      const step = fc.record({
        key: fc.constantFrom('a.jpg', 'b.jpg'),
        photo: fc.option(fc.nat(3), { nil: undefined, freq: 3 }),
      });
      await Promise.all([stack.startWorker(), stack.startWorker()]);
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
          stack.faults.clear();
          stack.faults.add({ kind: 'duplicate', probability: 0.3 });
          stack.faults.add({ kind: 'reorder', probability: 0.5, latencyMs: 60 });
          stack.faults.add({
            kind: 'lost-response',
            operation: 's3:PutObject',
            bucket: 'thumbnails',
            probability: 0.1,
          });
          stack.faults.add({ kind: 'error', operation: 's3:GetObject', probability: 0.05 });
          stack.faults.add({ kind: 'lost-response', operation: 'sqs:DeleteMessageBatch', probability: 0.1 });
          for (const { key, photo } of steps) {
            await (photo === undefined
              ? stack.remove(key)
              : stack.put(key, photos[photo] ?? Buffer.alloc(0)));
          }
          stack.faults.clear();
          // Delayed copies may still be on their way when the queue looks empty: the truth must come, and stay.
          await eventually(async () => {
            await stack.settled();
            await expectTruth('a.jpg');
            await expectTruth('b.jpg');
            return true;
          });
        }),
        { numRuns: RUNS },
      );
      expect(await stack.backlog('uploads-dlq')).toBe(0);
    },
    RUNS * 8_000,
  );

  it('a worker that saw an older version cannot overwrite what a faster one wrote', async () => {
    const { promise: overtaken, resolve: letGo } = Promise.withResolvers<void>();
    const { promise: rendering, resolve: hasBegun } = Promise.withResolvers<void>();
    const slow = {
      ...stack.parts.renderer,
      render: async (...args: Parameters<typeof stack.parts.renderer.render>) => {
        const rendered = await stack.parts.renderer.render(...args);
        hasBegun();
        await overtaken;
        return rendered;
      },
    };
    await stack.put('race.jpg', await distinctJpeg(1));
    await stack.startWorker({ renderer: slow });
    await rendering;
    const newer = await distinctJpeg(2);
    await stack.put('race.jpg', newer);
    const ref = { bucket: 'uploads', key: 'race.jpg' };
    expect(await converge(stack.parts, ref, new AbortController().signal)).toMatchObject({ outcome: 'made' });
    letGo();
    await stack.settled();
    await expectTruth('race.jpg');
  });

  it('a change that is taken back while its thumbnails are made does not stay', async () => {
    const ref = { bucket: 'uploads', key: 'back.jpg' };
    const signal = new AbortController().signal;
    const [first, second] = await Promise.all([distinctJpeg(1), distinctJpeg(2)]);
    await stack.put('back.jpg', first);
    expect(await converge(stack.parts, ref, signal)).toMatchObject({ outcome: 'made' });
    await stack.put('back.jpg', second);
    let rendered = 0;
    const overtaken = {
      ...stack.parts.renderer,
      render: async (...args: Parameters<typeof stack.parts.renderer.render>) => {
        rendered += 1;
        if (rendered > 1) return stack.parts.renderer.render(...args);
        await stack.put('back.jpg', first);
        // Whoever hears of it finds that manifest and source agree, and leaves.
        expect(await converge(stack.parts, ref, signal)).toMatchObject({ outcome: 'unchanged' });
        return stack.parts.renderer.render(...args);
      },
    };
    expect(await converge({ ...stack.parts, renderer: overtaken }, ref, signal)).toMatchObject({
      outcome: 'made',
    });
    await expectTruth('back.jpg');
  });

  it('a manifest that another version wrote in a way we cannot read is made again', async () => {
    const ref = { bucket: 'uploads', key: 'upgrade.jpg' };
    await stack.put('upgrade.jpg', await distinctJpeg(1));
    for (const Body of ['{"state":"ready","from":"the future"}', 'not json']) {
      await stack.s3.send(new PutObjectCommand({ Bucket: 'thumbnails', Key: manifestKey(ref), Body }));
      expect(await stack.manifest('upgrade.jpg')).toBeUndefined();
      expect((await request(stack.app).get('/images/upgrade.jpg')).status).toBe(202);
      expect(await converge(stack.parts, ref, new AbortController().signal)).toMatchObject({
        outcome: 'made',
      });
      await expectTruth('upgrade.jpg');
    }
  });

  it('a worker that saw the object alive cannot bring back what was deleted meanwhile', async () => {
    const ref = { bucket: 'uploads', key: 'zombie.jpg' };
    const signal = new AbortController().signal;
    await stack.put('zombie.jpg', await distinctJpeg(1));
    const buried = {
      ...stack.parts.renderer,
      render: async (...args: Parameters<typeof stack.parts.renderer.render>) => {
        const rendered = await stack.parts.renderer.render(...args);
        await stack.remove('zombie.jpg');
        // The event of the delete is handled in full before the slower worker goes on.
        expect(await converge(stack.parts, ref, signal)).toMatchObject({ outcome: 'buried' });
        return rendered;
      },
    };
    expect(await converge({ ...stack.parts, renderer: buried }, ref, signal)).toMatchObject({
      outcome: 'unchanged',
    });
    expect((await stack.manifest('zombie.jpg'))?.state).toBe('gone');
  });
});
