import { mapConcurrently } from '../../../src/domain/map-concurrently.ts';
import { hostileFiles } from './corpus.ts';
import { createHostileRenderer, PRESETS } from './rendering.ts';

// Renders all files as often as its argument says, several at a time as the service does, and
// prints the resident memory after each pass, in bytes. Run with --expose-gc.
const files = await hostileFiles();
const renderer = createHostileRenderer();
for (let pass = 0; pass < Number(process.argv[2]); pass++) {
  await mapConcurrently(files, 4, ({ bytes }) => renderer.render(bytes, { presets: PRESETS }));
  globalThis.gc?.();
  console.log(process.memoryUsage.rss());
}
