import type { Preset } from '../../../src/domain/presets.ts';
import type { Renderer } from '../../../src/ports/renderer.ts';
import { createTestRenderer } from '../renderer.ts';

const webp = { format: 'webp', quality: 50, effort: 0 } as const;
const jpeg = { format: 'jpeg', quality: 50 } as const;

/** Small, so that the decoders do nearly all the work; one that fits and one that crops by attention. */
export const PRESETS: readonly Preset[] = [
  { name: 'small', width: 48, height: 48, fit: 'inside', crop: 'centre', encodings: [webp, jpeg] },
  { name: 'square', width: 24, height: 24, fit: 'cover', crop: 'attention', encodings: [jpeg] },
];

/** The real one. Its limits are low enough that reaching them takes no time. */
export function createHostileRenderer(): Renderer {
  return createTestRenderer({ maxPixels: 10_000_000, maxFrames: 100, maxSeconds: 5 });
}
