import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeS3Key, encodeS3Key, S3Event } from '../src/index.ts';

describe('keys in S3 events', () => {
  it('reads the documented example', () => {
    expect(decodeS3Key('red+flower.jpg')).toBe('red flower.jpg');
  });

  it('keeps slashes readable and escapes everything a form escapes', () => {
    expect(encodeS3Key("2024/red flower+(1) 'é'.jpg")).toBe('2024/red+flower%2B%281%29+%27%C3%A9%27.jpg');
  });

  it('decodes every key that it encodes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (key) => {
        expect(decodeS3Key(encodeS3Key(key))).toBe(key);
      }),
    );
  });

  it('accepts a newer minor version and refuses another major', () => {
    const record = {
      eventSource: 'aws:s3',
      awsRegion: 'us-east-1',
      eventTime: '2026-01-01T00:00:00.000Z',
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: 'b' }, object: { key: 'k', somethingNew: 1 } },
    };
    expect(S3Event.safeParse({ Records: [{ ...record, eventVersion: '2.9' }] }).success).toBe(true);
    expect(S3Event.safeParse({ Records: [{ ...record, eventVersion: '3.0' }] }).success).toBe(false);
  });
});
