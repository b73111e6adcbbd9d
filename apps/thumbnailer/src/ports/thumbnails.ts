import type { Manifest } from '@groundwork/contracts';
import type { Readable } from 'node:stream';
import type { ObjectRef } from '../domain/object-ref.ts';
import type { Rendition } from './renderer.ts';

export interface StoredManifest {
  /** Undefined when another version of this service wrote it in a way that we cannot read. */
  manifest: Manifest | undefined;
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
   */
  putImage(key: string, rendition: Rendition): Promise<{ etag: string; bytes: number }>;
  /** `range` is a Range header. Undefined when there is no such image. */
  readImage(key: string, range: string | undefined): Promise<StoredImage | undefined>;
}
