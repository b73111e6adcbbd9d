import type { Focus } from '@groundwork/contracts';
import type { Preset } from './presets.ts';

export interface Size {
  width: number;
  height: number;
}

export interface Box extends Size {
  left: number;
  top: number;
}

/** How one preset is made: the whole picture scaled to `frame`, of which a part of size `crop` is kept. */
export interface Step {
  preset: Preset;
  frame: Size;
  crop?: Size;
}

/** Largest frame first: each is made from the one before it, the first from the original. */
export function planSteps(original: Size, presets: readonly Preset[]): Step[] {
  return presets
    .map((preset) => (preset.fit === 'inside' ? insideStep(original, preset) : coverStep(original, preset)))
    .toSorted((a, b) => b.frame.width * b.frame.height - a.frame.width * a.frame.height);
}

/** The crop with the focus in its middle, or as near as it gets without leaving the frame. */
export function placeCrop(frame: Size, crop: Size, focus: Focus): Box {
  const along = (length: number, part: number, at: number): number =>
    Math.min(Math.max(0, Math.floor(length * at - part / 2)), length - part);
  return {
    left: along(frame.width, crop.width, focus.x),
    top: along(frame.height, crop.height, focus.y),
    ...crop,
  };
}

function insideStep(original: Size, preset: Preset): Step {
  return {
    preset,
    frame: scaled(original, Math.min(preset.width / original.width, preset.height / original.height)),
  };
}

/** Fills the box; where the original is too small for it, keeps the proportions of the box. */
function coverStep(original: Size, preset: Preset): Step {
  const frame = scaled(original, Math.max(preset.width / original.width, preset.height / original.height));
  const shrink = Math.min(1, frame.width / preset.width, frame.height / preset.height);
  const crop = { width: atLeastOne(preset.width * shrink), height: atLeastOne(preset.height * shrink) };
  return { preset, frame, crop };
}

/** Never enlarged, never below one pixel. */
function scaled(size: Size, scale: number): Size {
  const factor = Math.min(1, scale);
  return { width: atLeastOne(size.width * factor), height: atLeastOne(size.height * factor) };
}

function atLeastOne(length: number): number {
  return Math.max(1, Math.round(length));
}
