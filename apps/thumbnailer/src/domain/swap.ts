import type { Manifest } from '@groundwork/contracts';
import type { Thumbnails } from '../ports/thumbnails.ts';

/**
 * Swaps a manifest, and finds out what became of it where the answer is lost: the write is
 * repeated then, and refused because it had been done. `writer` tells that from a lost race.
 */
export async function swap(
  thumbnails: Thumbnails,
  next: Manifest,
  expectedEtag: string | undefined,
): Promise<boolean> {
  if (await thumbnails.swapManifest(next, expectedEtag)) return true;
  return (await thumbnails.readManifest(next))?.manifest?.writer === next.writer;
}
