import { eventually } from '@groundwork/service/testing';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { distinctJpeg, jpeg } from './support/pictures.ts';
import { startStack, type Stack } from './support/stack.ts';

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
  await stack.startWorker();
  await stack.startWorker();
});
afterAll(() => stack.close());

const ready = (key: string) =>
  eventually(async () => {
    const manifest = await stack.manifest(key);
    return manifest?.state === 'ready' ? manifest : undefined;
  });

describe('thumbnails follow the upload', () => {
  it('makes every preset in every format, no larger than asked', async () => {
    await stack.put('photo.jpg', await jpeg(2000, 1000));
    const manifest = await ready('photo.jpg');
    expect(
      manifest.derivatives.map(
        ({ preset, format, width, height }) => `${preset} ${format} ${width}×${height}`,
      ),
    ).toEqual([
      'thumb webp 200×100',
      'thumb jpeg 200×100',
      'small webp 400×200',
      'small jpeg 400×200',
      'medium webp 800×400',
      'medium jpeg 800×400',
      'large webp 1600×800',
      'large jpeg 1600×800',
    ]);
    for (const derivative of manifest.derivatives) {
      const bytes = await stack.image(derivative.key);
      const metadata = await sharp(bytes).metadata();
      expect(metadata).toMatchObject({
        format: derivative.format,
        width: derivative.width,
        height: derivative.height,
      });
      expect(bytes.length).toBe(derivative.bytes);
    }
  });

  it('replaces them when the upload is overwritten', async () => {
    await stack.put('again.jpg', await distinctJpeg(1));
    const first = await ready('again.jpg');
    await stack.put('again.jpg', await distinctJpeg(2));
    const second = await eventually(async () => {
      const manifest = await ready('again.jpg');
      return manifest.source.etag === first.source.etag ? undefined : manifest;
    });
    const keys = (manifest: typeof first) => new Set(manifest.derivatives.map(({ key }) => key));
    expect(keys(first).isDisjointFrom(keys(second))).toBe(true);
    expect(second.revision).toBeGreaterThan(first.revision);
  });

  it('leaves a tombstone when the upload is deleted, and comes back when it is put again', async () => {
    const photo = await distinctJpeg(3);
    await stack.put('gone.jpg', photo);
    await ready('gone.jpg');
    await stack.remove('gone.jpg');
    await eventually(async () => (await stack.manifest('gone.jpg'))?.state === 'gone');
    await stack.put('gone.jpg', photo);
    expect((await ready('gone.jpg')).source.bytes).toBe(photo.length);
  });

  it('keeps keys with spaces, plus signs, unicode and 1,024 bytes apart', async () => {
    const keys = ['a b.jpg', 'a+b.jpg', 'a%20b.jpg', 'ÄÖ/日本語 📷.jpg', 'x'.repeat(1_024)];
    for (const [i, key] of keys.entries()) await stack.put(key, await distinctJpeg(10 + i));
    const manifests = await Promise.all(keys.map(ready));
    expect(manifests.map((manifest) => manifest.key)).toEqual(keys);
    expect(new Set(manifests.map((manifest) => manifest.source.etag)).size).toBe(keys.length);
  });

  it('sends an event of a bucket that it does not serve to the dead letters', async () => {
    const before = await stack.backlog('uploads-dlq');
    const { SQSClient, SendMessageCommand } = await import('@aws-sdk/client-sqs');
    const sqs = new SQSClient({
      endpoint: stack.endpoint,
      region: 'us-east-1',
      useQueueUrlAsEndpoint: false,
    });
    const record = {
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      awsRegion: 'us-east-1',
      eventTime: new Date().toISOString(),
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: 'thumbnails' }, object: { key: 'x.jpg' } },
    };
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: `${stack.endpoint}/000000000000/uploads`,
        MessageBody: JSON.stringify({ Records: [record] }),
      }),
    );
    sqs.destroy();
    await eventually(async () => (await stack.backlog('uploads-dlq')) === before + 1);
  });
});
