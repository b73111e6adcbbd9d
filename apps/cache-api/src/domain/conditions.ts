import { hash } from 'node:crypto';
import type { Conditions } from '../ports/values.ts';

/** If-Match or If-None-Match is not met. */
export class ConditionFailed extends Error {
  override readonly name = 'ConditionFailed';
  /** ETag of what is there; undefined: nothing is. */
  readonly etag: string | undefined;

  constructor(message: string, etag: string | undefined) {
    super(message);
    this.etag = etag;
  }
}

/** `etag` is that of what is there, undefined if nothing is. Throws ConditionFailed. */
export function checkConditions({ ifMatch, ifNoneMatch }: Conditions, etag: string | undefined): void {
  if (ifNoneMatch !== undefined && etag !== undefined) {
    throw new ConditionFailed('There is one already, and If-None-Match: * asks for none.', etag);
  }
  if (ifMatch === undefined) return;
  if (etag === undefined) throw new ConditionFailed('There is none, and If-Match asks for one.', etag);
  // Strong comparison: a weak one, W/"…", matches nothing.
  const wanted = ifMatch.split(',').map((item) => item.trim());
  if (wanted.includes('*') || wanted.includes(etag)) return;
  throw new ConditionFailed(`It has changed: its ETag is ${etag}, and If-Match has ${ifMatch}.`, etag);
}

/** 128 bits are enough to tell two bodies apart that nobody has made to be confused. */
const ETAG_BYTES = 16;

/** Strong, with quotes. */
export function etagOf(body: Uint8Array): string {
  return `"${hash('sha256', body, 'buffer').subarray(0, ETAG_BYTES).toString('base64url')}"`;
}
