import type { ObjectRef } from '../domain/object-ref.ts';
import type { StoredManifest } from './thumbnails.ts';

/** An upload as a listing shows it. */
export interface ListedUpload {
  key: string;
  etag: string;
  lastModified: Date;
}

/** What is stored for one source: a manifest, images, or both. */
export interface StoredSource {
  manifest: StoredManifest | undefined;
  images: { key: string; storedAt: Date }[];
}

export interface Page<T> {
  items: T[];
  /** Cursor of the next page; undefined after the last one. */
  next: string | undefined;
}

/** Everything there is, page by page, in an order that does not change. */
export interface Inventory {
  uploads(prefix: string, after: string | undefined, limit: number): Promise<Page<ListedUpload>>;
  stored(after: string | undefined, limit: number): Promise<Page<StoredSource>>;
  /** The source of an image, as noted with it. */
  sourceOf(imageKey: string): Promise<ObjectRef | undefined>;
}
