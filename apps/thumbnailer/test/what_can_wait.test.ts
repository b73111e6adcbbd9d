import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { ThumbnailsEvent } from '@groundwork/contracts';
import { eventually } from '@groundwork/service/testing';
import sharp from 'sharp';
import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { collect } from '../src/domain/collect.ts';
import { converge } from '../src/domain/converge.ts';
import { handleChange, tend } from '../src/domain/handle-change.ts';
import { distinctJpeg, jpeg } from './support/pictures.ts';
import { startStack, type Stack } from './support/stack.ts';

const PRESETS_YAML = 'presets: [{ name: a, width: 60, height: 60, formats: [avif, webp, jpeg] }]';
const signal = new AbortController().signal;

let stack: Stack;
beforeEach(async () => {
  stack = await startStack({ settings: { PRESETS_YAML }, versioning: true });
});
afterEach(() => stack.close());

const formats = async (key: string) => {
  const manifest = await stack.manifest(key);
  return manifest?.state === 'ready' ? manifest.derivatives.map(({ format }) => format) : undefined;
};
const get = (key: string) =>
  request(stack.app).get(`/images/${key}?preset=a`).set('accept', 'image/avif,image/webp,*/*').buffer(true);

describe('AVIF', () => {
  it('comes second: the others are there first, and are shown until it is', async () => {
    await stack.startWorker();
    await stack.put('a.jpg', await jpeg(100, 80));
    await stack.settled();
    expect(await formats('a.jpg')).toEqual(['webp', 'jpeg']);
    expect(await stack.manifest('a.jpg')).toMatchObject({ awaiting: ['avif'] });
    expect((await get('a.jpg')).headers['content-type']).toBe('image/webp');
    await stack.startDeferredWorker();
    await eventually(async () => (await formats('a.jpg'))?.length === 3);
    expect(await formats('a.jpg')).toEqual(['avif', 'webp', 'jpeg']);
    const avif = await get('a.jpg');
    expect(avif.headers['content-type']).toBe('image/avif');
    expect(await sharp(avif.body as Buffer).metadata()).toMatchObject({
      format: 'heif',
      width: 60,
      height: 48,
    });
    expect(await stack.backlog('deferred-dlq')).toBe(0);
  });

  it('of an upload that was overwritten meanwhile is never shown', async () => {
    const ref = { bucket: 'uploads', key: 'b.jpg' };
    await stack.put('b.jpg', await distinctJpeg(1, 40, 30));
    await converge(stack.parts, ref, signal);
    await stack.put('b.jpg', await distinctJpeg(2, 40, 30));
    await converge(stack.parts, ref, signal, 'full');
    const manifest = await stack.manifest('b.jpg');
    const source = await stack.parts.sources.head(ref);
    expect(manifest).toMatchObject({ awaiting: [], source: { etag: source?.etag } });
  });
});

describe('AVIF that cannot be made', () => {
  it('takes nothing from what was made before, and is not tried again', async () => {
    const ref = { bucket: 'uploads', key: 'slow.jpg' };
    await stack.put(ref.key, await jpeg(100, 80));
    await converge(stack.parts, ref, signal);
    let attempts = 0;
    const verdict = { code: 'too_slow' as const, reason: 'It takes too long.' };
    const slow = {
      ...stack.parts.renderer,
      render: () => {
        attempts += 1;
        return Promise.resolve({ ok: false as const, verdict });
      },
    };
    for (let i = 0; i < 2; i++) await converge({ ...stack.parts, renderer: slow }, ref, signal, 'full');
    expect(attempts).toBe(1);
    expect(await stack.manifest(ref.key)).toMatchObject({ state: 'ready', awaiting: [], givenUp: verdict });
    expect(await formats(ref.key)).toEqual(['webp', 'jpeg']);
  });
});

describe('images that nobody came to name', () => {
  it('because the upload was deleted meanwhile are collected', async () => {
    const ref = { bucket: 'uploads', key: 'overtaken.jpg' };
    await stack.put(ref.key, await distinctJpeg(1, 40, 30));
    const tended: unknown[] = [];
    const parts = {
      ...stack.parts,
      deferred: { ...stack.deferred, tend: async (...args: unknown[]) => void tended.push(args) },
    };
    const overtaken = {
      ...parts.renderer,
      render: async (...args: Parameters<typeof parts.renderer.render>) => {
        await stack.remove(ref.key);
        await handleChange(parts, ref, signal, false);
        return parts.renderer.render(...args);
      },
    };
    await handleChange({ ...parts, renderer: overtaken }, ref, signal, false);
    const images = () => stack.parts.thumbnails.listImages(ref);
    expect(await images()).toHaveLength(2);
    expect(tended).toHaveLength(2);
    await tend(parts, ref, signal, { redelivered: false });
    expect(await images()).toEqual([]);
  });
});

describe('images that were replaced', () => {
  it('all the time are collected all the same, with no more messages than changes', async () => {
    const ref = { bucket: 'uploads', key: 'webcam.jpg' };
    let time = Date.now();
    const sent: [number, number | undefined][] = [];
    const parts = {
      ...stack.parts,
      graceMs: 600_000,
      now: () => new Date(time),
      thumbnails: {
        ...stack.parts.thumbnails,
        // As if the time between two pictures had passed.
        listImages: async () =>
          (await stack.parts.thumbnails.listImages(ref)).map((image) => ({
            ...image,
            storedAt: stored.get(image.key) ?? new Date(time),
          })),
        putImage: async (...args: Parameters<typeof stack.parts.thumbnails.putImage>) => {
          stored.set(args[0], new Date(time));
          return stack.parts.thumbnails.putImage(...args);
        },
      },
      deferred: {
        ...stack.deferred,
        tend: async (_ref: unknown, delay = 0, revision?: number) =>
          void (delay > 0 && sent.push([time + delay * 1000, revision])),
      },
    };
    const stored = new Map<string, Date>();
    const counts: number[] = [];
    for (let picture = 0; picture < 12; picture++) {
      await stack.put(ref.key, await distinctJpeg(picture, 40, 30));
      await handleChange(parts, ref, signal, false);
      time += 300_000;
      for (const message of sent.splice(0)) {
        const [due, revision] = message;
        if (due > time) sent.push(message);
        else await tend(parts, ref, signal, { redelivered: false, revision });
      }
      counts.push((await stack.parts.thumbnails.listImages(ref)).length);
    }
    expect(Math.max(...counts)).toBeLessThanOrEqual(3 * 5);
    expect(sent.length).toBeLessThanOrEqual(6);
  });

  it('are collected after their grace, and those of the current version stay', async () => {
    await Promise.all([stack.startWorker(), stack.startDeferredWorker()]);
    await stack.put('c.jpg', await distinctJpeg(1, 40, 30));
    await eventually(async () => (await formats('c.jpg'))?.length === 3);
    await stack.put('c.jpg', await distinctJpeg(2, 40, 30));
    const manifest = await eventually(async () => {
      const now = await stack.manifest('c.jpg');
      return now?.state === 'ready' && now.generation > 0 && !now.leftovers ? now : undefined;
    });
    const stored = await stack.parts.thumbnails.listImages({ bucket: 'uploads', key: 'c.jpg' });
    expect(stored.map(({ key }) => key).toSorted()).toEqual(
      manifest.derivatives.map(({ key }) => key).toSorted(),
    );
  });

  it('are left alone while their grace lasts', async () => {
    const ref = { bucket: 'uploads', key: 'd.jpg' };
    for (const seed of [1, 2]) {
      await stack.put('d.jpg', await distinctJpeg(seed, 40, 30));
      await converge(stack.parts, ref, signal);
    }
    const stored = async () => (await stack.parts.thumbnails.listImages(ref)).length;
    expect(await collect({ ...stack.parts, graceMs: 60_000 }, ref)).toBe('later');
    expect(await stored()).toBe(4);
    expect(await collect({ ...stack.parts, graceMs: 0 }, ref)).toBe('collected');
    expect(await stored()).toBe(2);
    expect(await collect({ ...stack.parts, graceMs: 0 }, ref)).toBe('nothing');
  });

  it('are not collected under a reader: who comes with the old manifest gets the new image', async () => {
    const ref = { bucket: 'uploads', key: 'e.jpg' };
    await stack.put('e.jpg', await distinctJpeg(1, 40, 30));
    await converge(stack.parts, ref, signal);
    const reading = vi.spyOn(stack.thumbnails, 'readImage').mockImplementationOnce(async (...args) => {
      reading.mockRestore();
      await stack.put('e.jpg', await distinctJpeg(2, 40, 30));
      await converge(stack.parts, ref, signal);
      await collect(stack.parts, ref);
      return stack.thumbnails.readImage(...args);
    });
    const answer = await get('e.jpg');
    expect(answer.status).toBe(200);
    const manifest = await stack.manifest('e.jpg');
    if (manifest?.state !== 'ready') throw new Error('not ready');
    expect(manifest.derivatives.map(({ etag }) => `"${etag}"`)).toContain(answer.headers['etag']);
  });

  it('of a deleted upload go, and come back when the delete is taken back', async () => {
    await Promise.all([stack.startWorker(), stack.startDeferredWorker()]);
    await stack.put('f.jpg', await distinctJpeg(1, 40, 30));
    await eventually(async () => (await formats('f.jpg'))?.length === 3);
    const { VersionId } = await stack.remove('f.jpg');
    const images = () => stack.parts.thumbnails.listImages({ bucket: 'uploads', key: 'f.jpg' });
    await eventually(async () => (await images()).length === 0, { what: 'no images' });
    expect((await stack.manifest('f.jpg'))?.state).toBe('gone');
    await stack.s3.send(new DeleteObjectCommand({ Bucket: 'uploads', Key: 'f.jpg', VersionId }));
    await eventually(async () => (await formats('f.jpg'))?.length === 3, { what: 'its images again' });
  });
});

describe('what became of an upload is told to the topic', () => {
  const told = async () => {
    const { Messages = [] } = await stack.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: `${stack.endpoint}/000000000000/events`,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
      }),
    );
    return Messages.map(({ Body, MessageAttributes }) => {
      const event = ThumbnailsEvent.parse(JSON.parse(Body ?? ''));
      expect(MessageAttributes?.['type']?.StringValue).toBe(event.type);
      return `${event.type} ${event.manifest.key}`;
    });
  };

  it('ready, failed and gone', async () => {
    await stack.startWorker();
    await stack.put('ok.jpg', await distinctJpeg(1, 40, 30));
    await stack.put('bad.jpg', Buffer.from('notes'));
    await stack.settled();
    await stack.remove('ok.jpg');
    await stack.settled();
    const events: string[] = [];
    await eventually(async () => events.push(...(await told())) >= 3);
    expect(events.toSorted()).toEqual([
      'ThumbnailsFailed bad.jpg',
      'ThumbnailsGone ok.jpg',
      'ThumbnailsReady ok.jpg',
    ]);
  });

  it('also when the answer to the write that made them true was lost', async () => {
    stack.faults.add({ kind: 'lost-response', operation: 's3:PutObject', keyPrefix: 'manifests/', times: 1 });
    await stack.startWorker();
    await stack.put('lost.jpg', await distinctJpeg(1, 40, 30));
    const events: string[] = [];
    await eventually(async () => events.push(...(await told())) >= 1);
    expect(events).toEqual(['ThumbnailsReady lost.jpg']);
  });

  it('also when whoever made the thumbnails died before telling', async () => {
    await stack.put('g.jpg', await distinctJpeg(1, 40, 30));
    await stack.startWorker({
      announcer: {
        announce: (manifest) => {
          dying += 1;
          return dying === 1 ? Promise.reject(new Error('died')) : stack.announcer.announce(manifest);
        },
      },
    });
    let dying = 0;
    const events: string[] = [];
    await eventually(async () => events.push(...(await told())) >= 1);
    expect(events).toEqual(['ThumbnailsReady g.jpg']);
    expect((await stack.manifest('g.jpg'))?.revision).toBe(1);
  });
});
