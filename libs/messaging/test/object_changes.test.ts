import { encodeS3Key } from '@groundwork/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseObjectChanges } from '../src/index.ts';
import { bridged, s3Event, throughSns } from './helpers/object_events.ts';

const change = {
  bucket: 'uploads',
  key: 'cat.png',
  event: 'ObjectCreated:Put',
  versionId: 'v1',
  sequencer: '0055AED6DCD90281E5',
  etag: 'd41d8cd98f00b204e9800998ecf8427e',
  size: 1024,
  time: '2026-01-01T00:00:00.000Z',
  requestId: 'C3D13FE58DE4C810',
};

describe('the change of an object', () => {
  it('reads the same directly from S3 (or raw from SNS), in an SNS envelope and from EventBridge', () => {
    expect(parseObjectChanges(s3Event('cat.png'))).toEqual([change]);
    expect(parseObjectChanges(throughSns(s3Event('cat.png')))).toEqual([change]);
    expect(parseObjectChanges(bridged('Object Created', 'cat.png', { reason: 'PutObject' }))).toEqual([
      change,
    ]);
  });

  it('leaves out what the event does not say', () => {
    const bare = JSON.parse(s3Event('cat.png')) as { Records: { s3: { object: object } }[] };
    for (const record of bare.Records) record.s3.object = { key: 'cat.png' };
    const [parsed] = parseObjectChanges(JSON.stringify(bare));
    expect(parsed && Object.keys(parsed).toSorted()).toEqual(['bucket', 'event', 'key', 'requestId', 'time']);
  });

  it('may be one of several in an event, or none', () => {
    const [a, b] = [s3Event('a'), s3Event('b')].map((e) => JSON.parse(e) as { Records: object[] });
    const both = JSON.stringify({ Records: [...(a?.Records ?? []), ...(b?.Records ?? [])] });
    expect(parseObjectChanges(both).map(({ key }) => key)).toEqual(['a', 'b']);
    expect(parseObjectChanges('{"Records":[]}')).toEqual([]);
  });

  it.each([
    ['Object Created', { reason: 'PutObject' }, 'ObjectCreated:Put'],
    ['Object Created', { reason: 'CopyObject' }, 'ObjectCreated:Copy'],
    ['Object Created', { reason: 'CompleteMultipartUpload' }, 'ObjectCreated:CompleteMultipartUpload'],
    ['Object Created', {}, 'ObjectCreated:Put'],
    ['Object Deleted', { 'deletion-type': 'Permanently Deleted' }, 'ObjectRemoved:Delete'],
    ['Object Deleted', { 'deletion-type': 'Delete Marker Created' }, 'ObjectRemoved:DeleteMarkerCreated'],
    ['Object Deleted', { reason: 'Lifecycle Expiration' }, 'LifecycleExpiration:Delete'],
    ['Object Tags Added', {}, 'ObjectTagging:Put'],
    ['Object Something New', {}, 'Object Something New'],
  ])('from EventBridge has the name S3 gives it: %s %o', (type, detail, event) => {
    expect(parseObjectChanges(bridged(type, 'k', detail))[0]?.event).toBe(event);
  });

  it.each(['a b', 'a+b', 'a%20b', 'ü/é/日本/😀', "it's (1)!*.jpg", '__proto__', ' '])(
    'has the key as it was uploaded: %j',
    (key) => {
      expect(parseObjectChanges(s3Event(encodeS3Key(key)))[0]?.key).toBe(key);
      expect(parseObjectChanges(bridged('Object Created', key, {}))[0]?.key).toBe(key);
    },
  );

  it('has any key as it was uploaded, whichever way the news comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (key) => {
        const direct = s3Event(encodeS3Key(key));
        for (const body of [direct, throughSns(direct), bridged('Object Created', key, {})]) {
          expect(parseObjectChanges(body)).toMatchObject([{ key, bucket: 'uploads' }]);
        }
      }),
    );
  });
});

describe('the test event that S3 sends once', () => {
  const testEvent = JSON.stringify({
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: '2026-01-01T00:00:00.000Z',
    Bucket: 'uploads',
    RequestId: 'r',
    HostId: 'h',
  });

  it('is no change', () => {
    expect(parseObjectChanges(testEvent)).toEqual([]);
    expect(parseObjectChanges(throughSns(testEvent))).toEqual([]);
  });
});
