import type { SourceVersion } from '@groundwork/contracts';
import type { ObjectRef } from '../domain/object-ref.ts';

/** The originals. */
export interface Sources {
  /** The current version, or undefined when there is none. */
  head(ref: ObjectRef): Promise<SourceVersion | undefined>;
  /** The bytes of exactly that version; undefined when it is no longer the current one. */
  read(ref: ObjectRef, version: SourceVersion, signal: AbortSignal): Promise<Uint8Array | undefined>;
}
