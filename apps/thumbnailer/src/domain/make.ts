import type { Derivative, Manifest, ReadyManifest, SourceVersion } from '@groundwork/contracts';
import type { Renderer, Rendition } from '../ports/renderer.ts';
import type { Sources } from '../ports/sources.ts';
import type { Thumbnails } from '../ports/thumbnails.ts';
import type { Pass } from './decide.ts';
import { contentHash, derivativeKey } from './keys.ts';
import type { ObjectRef } from './object-ref.ts';
import { isDeferred, type Encoding, type Preset, type Recipe } from './presets.ts';
import { release } from './release.ts';

export interface MakeParts {
  sources: Sources;
  thumbnails: Thumbnails;
  renderer: Renderer;
  recipe: Recipe;
  /** Larger originals are not even fetched, in bytes. */
  maxSourceBytes: number;
}

/** What a new manifest says besides its header. */
export type Made =
  | Omit<ReadyManifest, HeaderField>
  | Omit<Extract<Manifest, { state: 'failed' }>, HeaderField>;
type HeaderField =
  | 'bucket'
  | 'key'
  | 'revision'
  | 'generation'
  | 'writer'
  | 'leftovers'
  | 'updatedAt'
  | 'recipe';

export interface MakeOrder {
  ref: ObjectRef;
  source: SourceVersion;
  /** What was made before, of this or another version. */
  before: Manifest | undefined;
  generation: number;
  pass: Pass;
}

/**
 * Renders and stores the images that are missing; undefined when this version is no
 * longer the current one. What is there under the same content is kept, so that a
 * changed preset makes only itself again.
 */
export async function make(
  parts: MakeParts,
  order: MakeOrder,
  signal: AbortSignal,
): Promise<Made | undefined> {
  const { ref, source, before, pass } = order;
  if (source.bytes > parts.maxSourceBytes) {
    const reason = `The file has ${source.bytes} bytes; at most ${parts.maxSourceBytes} are accepted.`;
    return { state: 'failed', source, verdict: { code: 'too_large', reason } };
  }
  const ready = before?.state === 'ready' ? before : undefined;
  const wanted = wantedImages(parts.recipe, source);
  const kept = wanted.flatMap((image) => find(ready?.derivatives, image) ?? []);
  const missing = wanted.filter(
    (image) => find(kept, image) === undefined && (pass === 'full' || !isDeferred(image.encoding)),
  );
  if (missing.length === 0 && ready !== undefined) {
    // Only the list of presets changed, or a focus that no preset asks for: what is wanted is all there.
    const { thumbhash, dominantColour, focus } = ready;
    const { width, height, format, frames, salvaged } = ready.source;
    const facts = { ...source, width, height, format, frames, salvaged };
    return { state: 'ready', source: facts, thumbhash, dominantColour, focus, ...arrange(wanted, kept) };
  }
  const original = await parts.sources.read(ref, source, signal);
  if (original === undefined) return undefined;
  // Crops of the same bytes have one focus, also those that are made later.
  const found = ready?.source.etag === source.etag ? ready.focus : undefined;
  const job = { presets: presetsOf(missing), given: source.focus, found };
  const rendered = await parts.renderer.render(original, job).finally(() => release(original));
  if (!rendered.ok) {
    // What could not be made later takes nothing from what was made before.
    const complete = missing.every(({ encoding }) => isDeferred(encoding));
    if (ready === undefined || !complete) return { state: 'failed', source, verdict: rendered.verdict };
    const { source: facts, thumbhash, dominantColour, focus } = ready;
    const images = { ...arrange(wanted, kept), awaiting: [] };
    return {
      state: 'ready',
      source: facts,
      thumbhash,
      dominantColour,
      focus,
      ...images,
      givenUp: rendered.verdict,
    };
  }
  signal.throwIfAborted();
  const made = await Promise.all(rendered.renditions.map((rendition) => store(parts, order, rendition)));
  const { thumbhash, dominantColour, focus, ...facts } = rendered.impression;
  return {
    state: 'ready',
    source: { ...source, ...facts },
    thumbhash,
    dominantColour,
    focus: focus ?? found,
    ...arrange(wanted, [...kept, ...made]),
  };
}

interface WantedImage {
  preset: Preset;
  encoding: Encoding;
  content: string;
}

/** Every image that the recipe asks for, in its order. */
function wantedImages({ presets, encoder }: Recipe, source: SourceVersion): WantedImage[] {
  return presets.flatMap((preset) =>
    preset.encodings.map((encoding) => ({
      preset,
      encoding,
      content: contentHash(source, preset, encoding, encoder),
    })),
  );
}

function find(images: readonly Derivative[] | undefined, wanted: WantedImage): Derivative | undefined {
  return images?.find((one) => one.preset === wanted.preset.name && one.content === wanted.content);
}

/** The images in the order of the recipe, and the formats that are still to come. */
function arrange(wanted: readonly WantedImage[], images: readonly Derivative[]) {
  const absent = wanted.filter((image) => find(images, image) === undefined);
  return {
    derivatives: wanted.flatMap((image) => find(images, image) ?? []),
    awaiting: [...new Set(absent.map(({ encoding }) => encoding.format))],
  };
}

/** The presets of these images, each with only the encodings that are among them. */
function presetsOf(images: readonly WantedImage[]): Preset[] {
  const presets = new Map<Preset, Encoding[]>();
  for (const { preset, encoding } of images) presets.set(preset, [...(presets.get(preset) ?? []), encoding]);
  return [...presets].map(([preset, encodings]) => ({ ...preset, encodings }));
}

async function store(parts: MakeParts, order: MakeOrder, rendition: Rendition): Promise<Derivative> {
  const { ref, source, generation } = order;
  const { preset, encoding, width, height } = rendition;
  const content = contentHash(source, preset, encoding, parts.recipe.encoder);
  const key = derivativeKey(ref, { content, generation, preset: preset.name, format: encoding.format });
  const { etag, bytes } = await parts.thumbnails.putImage(key, rendition, ref);
  return { preset: preset.name, format: encoding.format, key, content, width, height, bytes, etag };
}
