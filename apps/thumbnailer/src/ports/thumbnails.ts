import type { Manifest } from '@groundwork/contracts';
import type { Readable } from 'node:stream';
import type { ObjectRef } from '../domain/object-ref.ts';
import type { Rendition } from './renderer.ts';

export interface StoredManifest {
  /** Undefined when another version of this service wrote it in a way that we cannot read. */
  manifest: Manifest | undefined;
  /** Known even then, so that they only ever grow. */
  revision: number;
  generation: number;
  /** For the next swap. */
  etag: string;
}

export interface StoredImage {
  body: Readable;
  bytes: number;
  contentType: string;
  etag: string;
  /** Present when a part was asked for and given: `bytes 0-99/1234`. */
  contentRange?: string;
}

/** The finished images and the one manifest per source. */
export interface Thumbnails {
  readManifest(ref: ObjectRef): Promise<StoredManifest | undefined>;
  /** Replaces exactly what was read before (undefined: nothing). False when somebody else was faster. */
  swapManifest(manifest: Manifest, expectedEtag: string | undefined): Promise<boolean>;
  /**
   * Writes an image under the key that names what it is made of. One that is there already
   * is left alone. Returns what is stored, which another processor may have encoded otherwise.
   * `ref` is kept with it, so that an image which no manifest names can be traced back.
   */
  putImage(key: string, rendition: Rendition, ref: ObjectRef): Promise<{ etag: string; bytes: number }>;
  /** `range` is a Range header. Undefined when there is no such image. */
  readImage(key: string, range: string | undefined): Promise<StoredImage | undefined>;
  /** The keys of all images stored for a source, and when they were stored. */
  listImages(ref: ObjectRef): Promise<{ key: string; storedAt: Date }[]>;
  removeImages(keys: readonly string[]): Promise<void>;
}
