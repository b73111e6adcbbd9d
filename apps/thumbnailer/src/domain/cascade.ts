import type { Preset } from './presets.ts';

export interface Size {
  width: number;
  height: number;
}

/** Largest first: each size is made from the one before it, the first from the original. */
export function cascadeOrder(presets: readonly Preset[]): Preset[] {
  return presets.toSorted((a, b) => b.maxSide - a.maxSide);
}

/** Scales to fit the longest side, never up, never below one pixel. */
export function fitInside(size: Size, maxSide: number): Size {
  const scale = Math.min(1, maxSide / Math.max(size.width, size.height));
  return {
    width: Math.max(1, Math.round(size.width * scale)),
    height: Math.max(1, Math.round(size.height * scale)),
  };
}
