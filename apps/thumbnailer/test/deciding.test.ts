import type { Manifest, SourceVersion } from '@groundwork/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNameFilter } from '../src/domain/filter.ts';
import { placeCrop, planSteps } from '../src/domain/plan.ts';
import { decide } from '../src/domain/decide.ts';
import { contentHash, derivativeKey, manifestKey, sourceHashIn } from '../src/domain/keys.ts';
import { DEFAULT_PRESETS } from '../src/domain/preset-file.ts';
import { recipeHash, type Preset, type Recipe } from '../src/domain/presets.ts';
import { reactionTo } from '../src/domain/reaction.ts';
import { isHevcPhoto } from '../src/domain/sniff.ts';

const RECIPE: Recipe = { presets: [], encoder: 'r1', limits: [1] };
const source: SourceVersion = { etag: 'v1', bytes: 10, lastModified: '2026-01-01T00:00:00.000Z' };
const header = {
  bucket: 'uploads',
  key: 'a.jpg',
  revision: 1,
  generation: 0,
  writer: 'w',
  leftovers: false,
  updatedAt: '2026-01-01T00:00:00.000Z',
};
const ready: Manifest = {
  ...header,
  state: 'ready',
  source: { ...source, width: 1, height: 1, format: 'jpeg', frames: 1, salvaged: false },
  thumbhash: '',
  dominantColour: '#000000',
  recipe: recipeHash(RECIPE, 'ready'),
  derivatives: [],
  awaiting: [],
};
const failed: Manifest = {
  ...header,
  state: 'failed',
  source,
  recipe: recipeHash(RECIPE, 'failed'),
  verdict: { code: 'corrupt', reason: 'x' },
};
const gone: Manifest = { ...header, state: 'gone' };

describe('deciding looks at what is there, not at what the event said', () => {
  it.each([
    ['nothing known, object there', undefined, source, 'make'],
    ['nothing known, object gone: fences slower workers', undefined, undefined, 'bury'],
    ['up to date', ready, source, 'nothing'],
    ['refused before, same object: no retry', failed, source, 'nothing'],
    ['refused before, new object', failed, { ...source, etag: 'v2' }, 'make'],
    ['overwritten', ready, { ...source, etag: 'v2' }, 'make'],
    ['same bytes, another focus', ready, { ...source, focus: { x: 0, y: 0 } }, 'make'],
    ['same bytes, new version', ready, { ...source, versionId: 'x' }, 'make'],
    ['deleted', ready, undefined, 'bury'],
    ['buried already', gone, undefined, 'nothing'],
    ['put again', gone, source, 'make'],
  ] as const)('%s', (_name, manifest, current, step) => {
    expect(decide(manifest, current, RECIPE, 'prompt')).toBe(step);
  });

  it('reaches a verdict again, but makes no image again, when limits change', () => {
    const wider = { ...RECIPE, limits: [2] };
    expect(decide(failed, source, wider, 'prompt')).toBe('make');
    expect(decide(ready, source, wider, 'prompt')).toBe('nothing');
  });

  it('makes everything again when the recipe changes', () => {
    expect(decide(ready, source, { ...RECIPE, encoder: 'r2' }, 'prompt')).toBe('make');
    expect(decide(failed, source, { ...RECIPE, encoder: 'r2' }, 'prompt')).toBe('make');
  });

  it('reacts to what can change the object and to nothing else', () => {
    for (const event of [
      'ObjectCreated:Put',
      'ObjectRemoved:DeleteMarkerCreated',
      'LifecycleExpiration:Delete',
      'ObjectRestore:Completed',
    ]) {
      expect(reactionTo(event)).toBe('converge');
    }
    for (const event of [
      'ObjectTagging:Put',
      'ObjectAcl:Put',
      'ObjectRestore:Post',
      'ObjectRestore:Delete',
      'LifecycleTransition',
      'Replication:OperationNotTracked',
    ]) {
      expect(reactionTo(event)).toBe('ignore');
    }
  });
});

describe('keys name content', () => {
  const [preset] = DEFAULT_PRESETS;
  const encoding = preset?.encodings[0];
  if (preset === undefined || encoding === undefined) throw new Error('no defaults');

  const image = { generation: 0, preset: 'thumb', format: 'webp' as const };

  it('another version, preset, encoding or encoder is other content', () => {
    const hashes = [
      contentHash(source, preset, encoding, 'e1'),
      contentHash({ ...source, etag: 'v2' }, preset, encoding, 'e1'),
      contentHash({ ...source, versionId: '1' }, preset, encoding, 'e1'),
      contentHash(source, { ...preset, width: 1 }, encoding, 'e1'),
      contentHash(source, preset, { ...encoding, quality: 1 }, 'e1'),
      contentHash(source, preset, encoding, 'e2'),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('only what is cropped depends on the crop and the focus', () => {
    const focused = { ...source, focus: { x: 0.1, y: 0.2 } };
    const cover = { ...preset, fit: 'cover' as const };
    const of = (version: SourceVersion, one: Preset) => contentHash(version, one, encoding, 'e1');
    expect(of(focused, preset)).toBe(of(source, preset));
    expect(of(focused, cover)).not.toBe(of(source, cover));
    expect(of(source, { ...cover, crop: 'attention' })).not.toBe(of(source, cover));
  });

  it('another source, content or generation is another key, below that of its source', () => {
    const ref = { bucket: 'b', key: 'k' };
    const keys = [
      derivativeKey(ref, { ...image, content: 'c1' }),
      derivativeKey({ ...ref, key: 'l' }, { ...image, content: 'c1' }),
      derivativeKey(ref, { ...image, content: 'c2' }),
      derivativeKey(ref, { ...image, content: 'c1', generation: 1 }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys[0]).toMatch(/^derivatives\/[0-9a-f]{32}\/c1-0\/thumb\.webp$/);
    expect(sourceHashIn(keys[0] ?? '')).toBe(sourceHashIn(manifestKey(ref)));
  });

  it('a manifest key has room for any object key', () => {
    expect(manifestKey({ bucket: 'b', key: 'x'.repeat(1024) }).length).toBeLessThan(100);
    expect(manifestKey({ bucket: 'ab', key: 'c' })).not.toBe(manifestKey({ bucket: 'a', key: 'bc' }));
  });
});

it.each([
  ['*.jpg', 'a/b.JPG', true],
  ['*.jpg', 'a.jpg.png', false],
  ['photos/*', 'photos/2026/a', true],
  ['photos/*', 'my photos/a', false],
  ['a?c.[j]*', 'a?c.[j]x', true],
  ['a?c.[j]*', 'abc.jx', false],
  ['*/*', 'line\nbreak/x', true],
] as const)('the pattern %s and the name %j', (pattern, key, wanted) => {
  expect(createNameFilter([pattern], [])(key)).toBe(wanted);
  expect(createNameFilter([], [pattern])(key)).toBe(!wanted);
});

it.each([
  ['an iPhone photo', 'heic', ['mif1', 'heic'], true],
  ['a burst of them', 'msf1', ['hevc'], true],
  ['an AVIF', 'avif', ['mif1', 'avif'], false],
  ['an AVIF that also names the HEIF brands', 'mif1', ['heic', 'avif'], false],
  ['an MP4', 'isom', ['mp42'], false],
] as const)('%s is told by its brands', (_name, major, compatible, hevc) => {
  const text = [major, '\0\0\0\0', ...compatible].join('');
  const box = Buffer.concat([Buffer.alloc(4), Buffer.from('ftyp'), Buffer.from(text, 'latin1')]);
  box.writeUInt32BE(box.length);
  expect(isHevcPhoto(Buffer.concat([box, Buffer.alloc(100)]))).toBe(hevc);
  expect(isHevcPhoto(box.subarray(0, 10))).toBe(false);
});

describe('a plan', () => {
  const side = fc.integer({ min: 1, max: 50_000 });
  const box = fc.integer({ min: 1, max: 4_000 });
  const made = (width: number, height: number, name = 'x', fit: 'inside' | 'cover' = 'inside') => ({
    name,
    width,
    height,
    fit,
    crop: 'centre' as const,
    encodings: [],
  });

  it('keeps the proportions inside the box, never enlarges and never vanishes', () => {
    fc.assert(
      fc.property(side, side, box, box, (width, height, maxWidth, maxHeight) => {
        const [step] = planSteps({ width, height }, [made(maxWidth, maxHeight)]);
        const frame = step?.frame ?? { width: 0, height: 0 };
        expect(frame.width).toBeLessThanOrEqual(Math.min(maxWidth, width));
        expect(frame.height).toBeLessThanOrEqual(Math.min(maxHeight, height));
        expect(Math.min(frame.width, frame.height)).toBeGreaterThanOrEqual(1);
        expect(Math.abs(frame.width * height - frame.height * width)).toBeLessThanOrEqual(
          Math.max(width, height),
        );
      }),
    );
  });

  it('fills the box when it covers, around the focus, within the picture', () => {
    const fraction = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(side, side, box, box, fraction, fraction, (width, height, boxWidth, boxHeight, x, y) => {
        const [step] = planSteps({ width, height }, [made(boxWidth, boxHeight, 'x', 'cover')]);
        if (step?.crop === undefined) throw new Error('no crop');
        const { frame } = step;
        const crop = placeCrop(frame, step.crop, { x, y });
        const centre = crop.left + crop.width / 2;
        const inside = crop.left > 0 && crop.left + crop.width < frame.width;
        if (inside) expect(Math.abs(centre - frame.width * x)).toBeLessThanOrEqual(1);
        expect(crop.left).toBeGreaterThanOrEqual(0);
        expect(crop.top).toBeGreaterThanOrEqual(0);
        expect(crop.left + crop.width).toBeLessThanOrEqual(frame.width);
        expect(crop.top + crop.height).toBeLessThanOrEqual(frame.height);
        expect(crop.width).toBeLessThanOrEqual(boxWidth);
        if (width >= boxWidth && height >= boxHeight) {
          expect([crop.width, crop.height]).toEqual([boxWidth, boxHeight]);
        }
      }),
    );
  });

  it('goes from large to small, so that each can be made from the one before', () => {
    const steps = planSteps({ width: 3000, height: 2000 }, [
      made(200, 200, 'thumb'),
      made(1600, 1600, 'large'),
      made(900, 900, 'square', 'cover'),
    ]);
    expect(steps.map(({ preset, frame }) => `${preset.name} ${frame.width}×${frame.height}`)).toEqual([
      'large 1600×1067',
      'square 1350×900',
      'thumb 200×133',
    ]);
  });
});
