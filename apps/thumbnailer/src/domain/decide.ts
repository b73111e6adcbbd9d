import type { Manifest, SourceVersion } from '@groundwork/contracts';

/** What is to be done so that the manifest tells the truth about the source. */
export type Step = 'nothing' | 'bury' | 'make';

/**
 * Level-triggered: looks only at what is there now, never at the event. An object
 * that is gone gets a tombstone even where no manifest was, because a slower worker
 * may be about to write one for the object it saw alive.
 */
export function decide(
  manifest: Manifest | undefined,
  source: SourceVersion | undefined,
  recipe: string,
): Step {
  if (source === undefined) return manifest?.state === 'gone' ? 'nothing' : 'bury';
  if (manifest === undefined || manifest.state === 'gone') return 'make';
  const current =
    manifest.recipe === recipe &&
    manifest.source.etag === source.etag &&
    manifest.source.versionId === source.versionId;
  return current ? 'nothing' : 'make';
}
