import { AwsError } from '../http/aws-error.ts';
import type { Version } from './store.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

const one = (headers: Headers, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
};

const strip = (etag: string): string =>
  etag
    .trim()
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1');

function listed(header: string, etag: string): boolean {
  return header.split(',').some((item) => item.trim() === '*' || strip(item) === etag);
}

function failed(condition: string): AwsError {
  return new AwsError(
    412,
    'PreconditionFailed',
    'At least one of the pre-conditions you specified did not hold',
    {
      members: { Condition: condition },
    },
  );
}

/** A condition of PUT, CompleteMultipartUpload or DELETE on the object that is there now. */
export interface WriteCondition {
  ifMatch?: string | undefined;
  ifNoneMatch?: string | undefined;
}

export function writeCondition(headers: Headers): WriteCondition {
  const ifNoneMatch = one(headers, 'if-none-match');
  const ifMatch = one(headers, 'if-match');
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw new AwsError(
      501,
      'NotImplemented',
      'A header you provided implies functionality that is not implemented',
      {
        members: { Header: 'If-None-Match' },
      },
    );
  }
  return { ifMatch, ifNoneMatch };
}

/** Throws 412, or 404 for `If-Match` on nothing, as S3 does. `current` is undefined when deleted. */
export function checkWrite(condition: WriteCondition, current: Version | undefined): void {
  if (condition.ifNoneMatch !== undefined && current !== undefined) throw failed('If-None-Match');
  if (condition.ifMatch === undefined) return;
  if (current === undefined) {
    throw new AwsError(404, 'NoSuchKey', 'The specified key does not exist.');
  }
  if (!listed(condition.ifMatch, current.etag)) throw failed('If-Match');
}

/**
 * GET and HEAD, in the order of RFC 9110 section 13.2.2. Throws 412; returns true
 * when the answer is 304.
 */
export function checkRead(headers: Headers, version: Version): boolean {
  const ifMatch = one(headers, 'if-match');
  const ifNoneMatch = one(headers, 'if-none-match');
  const seconds = Math.floor(version.modified / 1000);
  const date = (name: string): number => Math.floor(Date.parse(one(headers, name) ?? '') / 1000);
  if (ifMatch !== undefined) {
    if (!listed(ifMatch, version.etag)) throw failed('If-Match');
  } else if (seconds > date('if-unmodified-since')) {
    throw failed('If-Unmodified-Since');
  }
  if (ifNoneMatch !== undefined) return listed(ifNoneMatch, version.etag);
  return seconds <= date('if-modified-since');
}

/** CopyObject's conditions on its source; every miss is 412. */
export function checkCopySource(headers: Headers, version: Version): void {
  const renamed: Record<string, string | undefined> = {};
  for (const name of ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since']) {
    renamed[name] = one(headers, `x-amz-copy-source-${name}`);
  }
  if (checkRead(renamed, version)) throw failed('x-amz-copy-source');
}
