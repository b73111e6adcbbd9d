import { createSharpRenderer } from '../../src/adapters/sharp/renderer.ts';
import { DEFAULT_PRESETS, parsePresets } from '../../src/domain/preset-file.ts';
import type { Preset } from '../../src/domain/presets.ts';
import { release } from '../../src/domain/release.ts';

/** None that an original of the benchmarks meets; and what runs at the same time is up to them. */
const LIMITS = {
  maxPixels: 100_000_000,
  maxFrames: 1_000,
  maxSeconds: 60,
  admit: <T>(_cost: number, work: (running: () => number) => Promise<T>): Promise<T> => work(() => 1),
};

/** The only file of the benchmarks that knows how the service is called. */
export interface Made {
  renditions: { name: string; bytes: Uint8Array }[];
  /** Why there are none. */
  refused?: string;
  salvaged: boolean;
}

export function createService(): (original: Uint8Array, presets: readonly Preset[]) => Promise<Made> {
  const renderer = createSharpRenderer(LIMITS);
  return async (original, presets) => {
    const result = await renderer.render(original, { presets });
    if (!result.ok) return { renditions: [], refused: result.verdict.code, salvaged: false };
    const renditions = result.renditions.map(({ preset, encoding, bytes }) => ({
      name: `${preset.name}.${encoding.format}`,
      bytes,
    }));
    return { renditions, salvaged: result.impression.salvaged };
  };
}

/** Boxes of these sides, each as WebP and JPEG, with the service's own qualities and efforts. */
export function ladder(sides: readonly number[]): Preset[] {
  const presets = sides.map((side) => ({ name: `to-${side}`, width: side, height: side }));
  return parsePresets(JSON.stringify({ defaults: { formats: ['webp', 'jpeg'] }, presets }));
}

export { DEFAULT_PRESETS, release, type Preset };
