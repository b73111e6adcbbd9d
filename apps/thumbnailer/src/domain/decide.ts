import type { Manifest, SourceVersion } from '@groundwork/contracts';
import { recipeHash, type Recipe } from './presets.ts';

/** What is to be done so that the manifest tells the truth about the source. */
export type Decision = 'nothing' | 'bury' | 'make';

/** `prompt`: all but the formats that are deferred. `full`: those too. */
export type Pass = 'prompt' | 'full';

/**
 * Level-triggered: looks only at what is there now, never at the event. An object
 * that is gone gets a tombstone even where no manifest was, because a slower worker
 * may be about to write one for the object it saw alive.
 */
export function decide(
  manifest: Manifest | undefined,
  source: SourceVersion | undefined,
  recipe: Recipe,
  pass: Pass,
): Decision {
  if (source === undefined) return manifest?.state === 'gone' ? 'nothing' : 'bury';
  if (manifest === undefined || manifest.state === 'gone') return 'make';
  const current =
    manifest.recipe === recipeHash(recipe, manifest.state) && isSameVersion(manifest.source, source);
  const finished = pass === 'prompt' || manifest.state === 'failed' || manifest.awaiting.length === 0;
  return current && finished ? 'nothing' : 'make';
}

/** Bytes and everything else that the images depend on. */
function isSameVersion(a: SourceVersion, b: SourceVersion): boolean {
  return (
    a.etag === b.etag && a.versionId === b.versionId && a.focus?.x === b.focus?.x && a.focus?.y === b.focus?.y
  );
}
