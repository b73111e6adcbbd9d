import { createAdmission } from '../../src/adapters/sharp/admission.ts';
import { createSharpRenderer, type SharpRendererOptions } from '../../src/adapters/sharp/renderer.ts';
import type { Renderer } from '../../src/ports/renderer.ts';

/** The real one, with limits that tests reach. */
export function createTestRenderer(options: Partial<SharpRendererOptions> = {}): Renderer {
  return createSharpRenderer({
    maxPixels: 40_000_000,
    maxFrames: 100,
    maxSeconds: 60,
    admit: createAdmission(100_000_000).prompt,
    ...options,
  });
}
