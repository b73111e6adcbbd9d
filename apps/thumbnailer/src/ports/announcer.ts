import type { Manifest } from '@groundwork/contracts';

/** Tells the world that the thumbnails of an upload are ready, cannot be made, or are gone. */
export interface Announcer {
  announce(manifest: Manifest): Promise<void>;
}
