import type { Derivative, Manifest, ReadyManifest, SourceVersion } from '@groundwork/contracts';
import type { Renderer, Rendition } from '../ports/renderer.ts';
import type { Sources } from '../ports/sources.ts';
import type { StoredManifest, Thumbnails } from '../ports/thumbnails.ts';
import { decide } from './decide.ts';
import { derivativeKey } from './keys.ts';
import type { ObjectRef } from './object-ref.ts';
import { recipeHash, type Encoding, type Preset, type Recipe } from './presets.ts';

export interface ConvergeParts {
  sources: Sources;
  thumbnails: Thumbnails;
  renderer: Renderer;
  recipe: Recipe;
  /** Larger originals are not even fetched, in bytes. */
  maxSourceBytes: number;
  now: () => Date;
}

export type Outcome = 'unchanged' | 'made' | 'refused' | 'buried';

/** How often the source or another worker may be faster before the message is retried later. */
const MAX_ROUNDS = 8;

/**
 * Makes the thumbnails of one object be those of its current version, or none if
 * it is gone. Safe to run at any time, twice, and by several workers at once:
 *
 * 1. read the manifest, then look at the source (in this order): done if they agree;
 * 2. make what is missing under keys that name its content;
 * 3. swap the manifest, only if it is still the one that was read; begin again at 1.
 *
 * The swap is the only visible effect. Looking again after it is not optional: the
 * source may have gone from A to B and back to A while we made B, and whoever handled
 * the news of the second change found manifest and source in agreement, and left. So
 * each worker leaves only when it has seen agreement after its own last swap; one that
 * dies before leaves its message to be handled again.
 */
export async function converge(parts: ConvergeParts, ref: ObjectRef, signal: AbortSignal): Promise<Outcome> {
  const recipe = recipeHash(parts.recipe);
  let outcome: Outcome = 'unchanged';
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    signal.throwIfAborted();
    const seen = await parts.thumbnails.readManifest(ref);
    const source = await parts.sources.head(ref);
    const step = decide(seen?.manifest, source, recipe);
    if (step === 'nothing') return outcome;
    const next =
      step === 'bury' || source === undefined
        ? tombstone(parts, ref, seen)
        : await make(parts, ref, source, seen, recipe, signal);
    if (next === undefined) continue; // the source changed while we read it
    if (await parts.thumbnails.swapManifest(next, seen?.etag)) outcome = outcomeOf(next);
  }
  throw new Error(`${ref.bucket}/${ref.key} changed ${MAX_ROUNDS} times while its thumbnails were made`);
}

function outcomeOf(manifest: Manifest): Outcome {
  switch (manifest.state) {
    case 'ready':
      return 'made';
    case 'failed':
      return 'refused';
    case 'gone':
      return 'buried';
  }
}

function header(parts: ConvergeParts, ref: ObjectRef, seen: StoredManifest | undefined) {
  return {
    bucket: ref.bucket,
    key: ref.key,
    revision: (seen?.manifest?.revision ?? 0) + 1,
    updatedAt: parts.now().toISOString(),
  };
}

function tombstone(parts: ConvergeParts, ref: ObjectRef, seen: StoredManifest | undefined): Manifest {
  return { ...header(parts, ref, seen), state: 'gone' };
}

/** Renders and stores all images; undefined when this version is no longer current. */
async function make(
  parts: ConvergeParts,
  ref: ObjectRef,
  source: SourceVersion,
  seen: StoredManifest | undefined,
  recipe: string,
  signal: AbortSignal,
): Promise<Manifest | undefined> {
  const common = { ...header(parts, ref, seen), source, recipe };
  if (source.bytes > parts.maxSourceBytes) {
    const reason = `The file has ${source.bytes} bytes; at most ${parts.maxSourceBytes} are accepted.`;
    return { ...common, state: 'failed', verdict: { code: 'too_large', reason } };
  }
  const wanted = wantedImages(parts, ref, source);
  const kept = seen?.manifest?.state === 'ready' ? keptImages(seen.manifest, wanted) : [];
  const missing = presetsFor(wanted.filter(({ key }) => !kept.some((image) => image.key === key)));
  if (missing.length === 0 && seen?.manifest?.state === 'ready') {
    // Only the list of presets changed, and what it asks for is all there.
    const { thumbhash, dominantColour } = seen.manifest;
    return {
      ...common,
      state: 'ready',
      source: { ...seen.manifest.source, ...source },
      thumbhash,
      dominantColour,
      derivatives: kept,
    };
  }
  const original = await parts.sources.read(ref, source, signal);
  if (original === undefined) return undefined;
  const rendered = await parts.renderer.render(original, missing);
  if (!rendered.ok) return { ...common, state: 'failed', verdict: rendered.verdict };
  signal.throwIfAborted();
  const made = await Promise.all(
    rendered.renditions.map((rendition) => store(parts, ref, source, rendition)),
  );
  const { thumbhash, dominantColour, ...facts } = rendered.impression;
  const derivatives = wanted.flatMap(
    ({ key }) => [...kept, ...made].find((image) => image.key === key) ?? [],
  );
  return {
    ...common,
    state: 'ready',
    source: { ...source, ...facts },
    thumbhash,
    dominantColour,
    derivatives,
  };
}

interface WantedImage {
  preset: Preset;
  encoding: Encoding;
  key: string;
}

/** Every image that the recipe asks for, in its order. */
function wantedImages(parts: ConvergeParts, ref: ObjectRef, source: SourceVersion): WantedImage[] {
  const { presets, encoder } = parts.recipe;
  return presets.flatMap((preset) =>
    preset.encodings.map((encoding) => ({
      preset,
      encoding,
      key: derivativeKey(ref, source, preset, encoding, encoder),
    })),
  );
}

/** What is there already under exactly the keys that are wanted: a changed preset makes only itself again. */
function keptImages(manifest: ReadyManifest, wanted: readonly WantedImage[]): Derivative[] {
  return manifest.derivatives.filter(({ key }) => wanted.some((image) => image.key === key));
}

/** The presets of these images, each with only the encodings that are among them. */
function presetsFor(images: readonly WantedImage[]): Preset[] {
  const presets = new Map<Preset, Encoding[]>();
  for (const { preset, encoding } of images) presets.set(preset, [...(presets.get(preset) ?? []), encoding]);
  return [...presets].map(([preset, encodings]) => ({ ...preset, encodings }));
}

async function store(
  parts: ConvergeParts,
  ref: ObjectRef,
  source: SourceVersion,
  rendition: Rendition,
): Promise<Derivative> {
  const { preset, encoding, width, height } = rendition;
  const key = derivativeKey(ref, source, preset, encoding, parts.recipe.encoder);
  const { etag, bytes } = await parts.thumbnails.putImage(key, rendition);
  return {
    preset: preset.name,
    format: encoding.format,
    key,
    width,
    height,
    bytes,
    etag,
  };
}
