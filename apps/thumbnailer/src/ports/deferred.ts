import type { ObjectRef } from '../domain/object-ref.ts';

/** Work that is done when there is nothing better to do. Delays are at most 900 s. */
export interface Deferred {
  /** Look at this object again: all its formats, and what is to be collected as of this revision of its manifest. */
  tend(ref: ObjectRef, delaySeconds?: number, revision?: number): Promise<void>;
  /** Go on with a sweep from this revision of it. */
  sweep(id: string, revision: number, delaySeconds?: number): Promise<void>;
  /** Which queue is so long that a sweep had better wait: uploads waiting to be handled, or work deferred before. */
  busy(): Promise<'uploads' | 'deferred' | undefined>;
}
