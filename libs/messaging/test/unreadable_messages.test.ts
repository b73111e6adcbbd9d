import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseObjectChanges, PermanentFailure } from '../src/index.ts';
import { bridged, s3Event, throughSns } from './helpers/object_events.ts';

function failureOf(body: string): Error {
  try {
    parseObjectChanges(body);
  } catch (error) {
    return error as Error;
  }
  throw new Error('it was readable');
}

const unknownKind = 'The message is neither an S3 event, nor one from SNS or EventBridge';

describe('a message that no retry makes readable', () => {
  it.each([
    ['', /^The message is not JSON: /],
    ['<xml/>', /^The message is not JSON: /],
    ['{"Records":[', /^The message is not JSON: /],
    [throughSns('plain text'), /^The message is not JSON: /],
    ['null', unknownKind],
    ['7', unknownKind],
    ['"Records"', unknownKind],
    ['[]', unknownKind],
    ['{}', unknownKind],
    [throughSns('{"hello":"world"}'), unknownKind],
    ['{"Records":7}', /^The message looks like an S3 event but Records: /],
    [s3Event('k').replace('"2.1"', '"3.0"'), /but Records\.0\.eventVersion: only major version 2/],
    [s3Event('k').replace('aws:s3', 'aws:sqs'), /but Records\.0\.eventSource: /],
    [s3Event('broken%escape'), 'The object key has a broken percent-escape'],
    [
      bridged('Object Created', 'k', {}).replace('aws.s3', 'aws.ec2'),
      /an EventBridge event from S3 but source: /,
    ],
    [bridged('Object Created', 'k', { bucket: {} }), /but detail\.bucket\.name: /],
  ])('is a permanent failure that says why: %s', (body, sentence) => {
    const failure = failureOf(body);
    expect(failure).toBeInstanceOf(PermanentFailure);
    expect(failure.message).toMatch(sentence);
  });

  it('never makes the reader fail in another way', () => {
    const bodies = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map(throughSns),
      fc.json().map((j) => `{"Records":[${j}]}`),
    );
    fc.assert(
      fc.property(bodies, (body) => {
        try {
          expect(Array.isArray(parseObjectChanges(body))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(PermanentFailure);
        }
      }),
      { numRuns: 500 },
    );
  });
});
