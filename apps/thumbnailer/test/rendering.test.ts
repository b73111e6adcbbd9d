import { setImmediate as tick } from 'node:timers/promises';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it, vi } from 'vitest';
import { createAdmission } from '../src/adapters/sharp/admission.ts';
import { DEFAULT_PRESETS, parsePresets } from '../src/domain/preset-file.ts';
import { createTestRenderer } from './support/renderer.ts';
import { closeTo, colourAt, CORNERS, jpeg, quarters, scene } from './support/pictures.ts';

const renderer = createTestRenderer({ maxPixels: 10_000_000 });
const render = (original: Uint8Array) => renderer.render(original, { presets: DEFAULT_PRESETS });

async function made(original: Uint8Array) {
  const result = await render(original);
  if (!result.ok) throw new Error(result.verdict.reason);
  return { ...result.impression, renditions: result.renditions };
}

/** How a camera stores an upright picture under each EXIF orientation. */
const STORED: Record<number, (image: Sharp) => Sharp> = {
  1: (image) => image,
  2: (image) => image.flop(),
  3: (image) => image.rotate(180),
  4: (image) => image.flip(),
  5: (image) => image.rotate(270).flop(),
  6: (image) => image.rotate(270),
  7: (image) => image.rotate(90).flop(),
  8: (image) => image.rotate(90),
};

describe('thumbnails are the picture', () => {
  it.each(Object.keys(STORED).map(Number))('upright, from orientation %i', async (orientation) => {
    const upright = sharp(await quarters(600, 400).png().toBuffer());
    const stored = await STORED[orientation]?.(upright)
      .withMetadata({ orientation })
      .jpeg({ quality: 95 })
      .toBuffer();
    const result = await made(stored ?? Buffer.alloc(0));
    expect(result).toMatchObject({ width: 600, height: 400, format: 'jpeg' });
    for (const { bytes, width, height } of result.renditions) {
      expect([width, height]).toEqual([Math.min(600, width), Math.round((Math.min(600, width) * 2) / 3)]);
      for (const corner of Object.keys(CORNERS) as (keyof typeof CORNERS)[]) {
        const colour = await colourAt(bytes, corner);
        expect(closeTo(colour, CORNERS[corner]), `${corner} is ${colour.join(' ')}`).toBe(true);
      }
      expect((await sharp(bytes).metadata()).orientation).toBeUndefined();
    }
  });

  it('never enlarged, also when one pixel high', async () => {
    const small = await made(await jpeg(50, 20));
    expect(new Set(small.renditions.map(({ width, height }) => `${width}×${height}`))).toEqual(
      new Set(['50×20']),
    );
    const line = await made(await quarters(3000, 2).png().toBuffer());
    expect(line.renditions.at(-1)).toMatchObject({ width: 200, height: 1 });
  });

  it.each([
    ['PNG with 16 bits', () => quarters(300, 200).toColourspace('rgb16').png().toBuffer()],
    ['greyscale JPEG', () => quarters(300, 200).greyscale().jpeg().toBuffer()],
    ['CMYK JPEG', () => quarters(300, 200).toColourspace('cmyk').jpeg().toBuffer()],
    ['palette GIF', () => quarters(300, 200).gif().toBuffer()],
    ['WebP', () => quarters(300, 200).webp().toBuffer()],
    ['TIFF', () => quarters(300, 200).tiff().toBuffer()],
    ['AVIF', () => quarters(300, 200).avif({ effort: 0 }).toBuffer()],
  ])('from a %s', async (_name, original) => {
    const { renditions } = await made(await original());
    expect(renditions).toHaveLength(8);
    for (const { bytes, encoding } of renditions) {
      expect(await sharp(bytes).metadata()).toMatchObject({ format: encoding.format, depth: 'uchar' });
    }
  });

  it('with its transparency in WebP and on white in JPEG', async () => {
    const original = await sharp({
      create: { width: 100, height: 100, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } },
    })
      .png()
      .toBuffer();
    const { renditions } = await made(original);
    for (const { bytes, encoding } of renditions) {
      expect((await sharp(bytes).metadata()).hasAlpha).toBe(encoding.format === 'webp');
      if (encoding.format === 'jpeg') expect(await colourAt(bytes, 'topLeft')).toEqual([255, 255, 255]);
    }
  });

  it('the same bytes each time, so that a repeated attempt writes the same image', async () => {
    const original = await jpeg();
    const [a, b] = await Promise.all([made(original), made(original)]);
    expect(a.renditions.map(({ etag }) => etag)).toEqual(b.renditions.map(({ etag }) => etag));
  });
});

describe('a damaged file', () => {
  it('is saved as far as it goes, and flagged', async () => {
    const whole = await jpeg(800, 600);
    expect((await made(whole)).salvaged).toBe(false);
    const cut = await made(whole.subarray(0, Math.floor(whole.length / 2)));
    expect(cut.salvaged).toBe(true);
    const [largest] = cut.renditions;
    expect(closeTo(await colourAt(largest?.bytes ?? new Uint8Array(), 'topLeft'), CORNERS.topLeft)).toBe(
      true,
    );
  });
});

it('a picture has a thumbhash of few bytes and its main colour', async () => {
  const red = await sharp({ create: { width: 300, height: 200, channels: 3, background: '#d01020' } })
    .jpeg({ quality: 95 })
    .toBuffer();
  const { thumbhash, dominantColour } = await made(red);
  expect(Buffer.from(thumbhash, 'base64').length).toBeLessThanOrEqual(30);
  const [r = 0, g = 255, b = 255] = [1, 3, 5].map((at) =>
    Number.parseInt(dominantColour.slice(at, at + 2), 16),
  );
  expect(r).toBeGreaterThan(180);
  expect(Math.max(g, b)).toBeLessThan(60);
});

describe('what cannot become thumbnails gets a verdict, not a retry', () => {
  it.each([
    ['an empty file', () => Buffer.alloc(0), 'corrupt'],
    ['text', () => Buffer.from('hello'), 'unsupported'],
    [
      'an SVG',
      () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
      'unsupported',
    ],
    ['a JPEG that ends in its headers', async () => (await jpeg(800, 600)).subarray(0, 200), 'corrupt'],
    [
      'a bomb of 16 megapixels in a few kilobytes',
      () =>
        sharp({ create: { width: 4000, height: 4000, channels: 3, background: '#fff' } })
          .png()
          .toBuffer(),
      'too_many_pixels',
    ],
  ])('%s', async (_name, original, code) => {
    const result = await render(await original());
    expect(result).toMatchObject({ ok: false, verdict: { code } });
  });
});

describe('colours', () => {
  it('of Display P3 stay as wide as they are, and say so', async () => {
    // Full red of P3 lies outside sRGB.
    const red = Uint16Array.from({ length: 90 * 60 * 3 }, (_, i) => (i % 3 === 0 ? 65_535 : 0));
    const original = await sharp(red, { raw: { width: 90, height: 60, channels: 3 } })
      .withIccProfile('p3')
      .jpeg({ quality: 95 })
      .toBuffer();
    const presets = parsePresets(
      'presets: [{ name: a, width: 45, height: 45, formats: [jpeg, webp, avif] }]',
    );
    const result = await renderer.render(original, { presets });
    if (!result.ok) throw new Error(result.verdict.reason);
    for (const { bytes } of result.renditions) {
      expect((await sharp(bytes).metadata()).icc?.length).toBeGreaterThan(100);
      const [r = 0, g = 255, b = 255] = await sharp(bytes, { ignoreIcc: true }).raw().toBuffer();
      expect([r > 250, g < 5, b < 5]).toEqual([true, true, true]);
    }
    expect(result.impression.dominantColour).toMatch(/^#(e|f)/);
  });

  it('of other profiles become sRGB, without one', async () => {
    const original = await quarters(90, 60).withIccProfile('srgb').jpeg().toBuffer();
    for (const { bytes } of (await made(original)).renditions) {
      expect((await sharp(bytes).metadata()).icc).toBeUndefined();
    }
  });
});

describe('an animation', () => {
  const frames = async (count: number) =>
    sharp(
      await Promise.all(
        Array.from({ length: count }, (_, i) =>
          sharp({
            create: {
              width: 60,
              height: 40,
              channels: 3,
              background: ['#d02020', '#2020d0', '#20d020'][i] ?? '',
            },
          })
            .png()
            .toBuffer(),
        ),
      ),
      { join: { animated: true } },
    );

  it.each(['gif', 'webp'] as const)('in %s shows its first frame', async (format) => {
    const result = await made(await (await frames(3))[format]().toBuffer());
    expect(result).toMatchObject({ width: 60, height: 40, frames: 3 });
    const [first] = result.renditions;
    expect(closeTo(await colourAt(first?.bytes ?? new Uint8Array(), 'topLeft'), [208, 32, 32])).toBe(true);
  });

  it('of too many frames is refused', async () => {
    const few = createTestRenderer({ maxFrames: 2 });
    const result = await few.render(await (await frames(3)).gif().toBuffer(), { presets: DEFAULT_PRESETS });
    expect(result).toMatchObject({ ok: false, verdict: { code: 'too_many_frames' } });
  });
});

describe('a crop', () => {
  const YAML = (crop: string) => `
presets:
  - { name: square, width: 100, height: 100, fit: cover, crop: ${crop}, formats: [jpeg] }
  - { name: strip, width: 60, height: 100, fit: cover, crop: ${crop}, formats: [jpeg] }
`;
  const middles = async (original: Uint8Array, crop: string, focus?: { x: number; y: number }) => {
    const result = await renderer.render(original, { presets: parsePresets(YAML(crop)), given: focus });
    if (!result.ok) throw new Error(result.verdict.reason);
    const colours = await Promise.all(
      result.renditions.map(async ({ bytes, width, height }) => {
        const pixel = sharp(bytes).extract({ left: width / 2, top: height / 2, width: 1, height: 1 });
        return [...(await pixel.raw().toBuffer())];
      }),
    );
    return { colours, focus: result.impression.focus };
  };

  it('is of the middle, or of what draws attention: the same in every size', async () => {
    const original = await scene();
    for (const colour of (await middles(original, 'centre')).colours) {
      expect(closeTo(colour, [96, 96, 96])).toBe(true);
    }
    const { colours, focus } = await middles(original, 'attention');
    for (const colour of colours) expect(closeTo(colour, [255, 128, 32], 30)).toBe(true);
    expect(focus?.x).toBeGreaterThan(0.7);
  });

  it('is of the focus that came with the upload, whatever the preset says', async () => {
    const original = await scene();
    const focus = { x: 460 / 600, y: 0.5 };
    for (const crop of ['centre', 'attention']) {
      const found = await middles(original, crop, focus);
      expect(found.focus).toBeUndefined();
      for (const colour of found.colours) expect(closeTo(colour, [255, 128, 32], 30)).toBe(true);
    }
  });
});

describe('time', () => {
  it('is a verdict only when this process has worked that long, else the attempt is repeated', async () => {
    const original = await quarters(4_000, 3_000).png().toBuffer();
    const hurried = createTestRenderer({ maxSeconds: 0.02 });
    const outcome = async () =>
      hurried.render(original, { presets: DEFAULT_PRESETS }).then(
        (result) => (result.ok ? 'made' : result.verdict.code),
        (error: Error) => error.message,
      );
    expect(await outcome()).toBe('too_slow');
    vi.spyOn(process, 'cpuUsage').mockReturnValue({ user: 0, system: 0 });
    try {
      expect(await outcome()).toBe('not rendered within 0.02 s, but the machine was busy with other things');
    } finally {
      vi.restoreAllMocks();
    }
  });
});

describe('admission', () => {
  it('lets in what there is room for, uploads first, and the largest alone', async () => {
    const { prompt, deferred } = createAdmission(100);
    const order: string[] = [];
    const gates = new Map<string, () => void>();
    const work = (name: string) => () =>
      new Promise<void>((resolve) => {
        order.push(name);
        gates.set(name, resolve);
      });
    const all = [
      prompt(60, work('a')),
      prompt(40, work('b')),
      deferred(10, work('deferred')),
      prompt(1_000, work('giant')),
      prompt(10, work('c')),
    ];
    await tick();
    expect(order).toEqual(['a', 'b']);
    gates.get('a')?.();
    await tick();
    expect(order).toEqual(['a', 'b']);
    gates.get('b')?.();
    await tick();
    expect(order).toEqual(['a', 'b', 'giant']);
    gates.get('giant')?.();
    await tick();
    expect(order).toEqual(['a', 'b', 'giant', 'c', 'deferred']);
    gates.get('c')?.();
    gates.get('deferred')?.();
    await Promise.all(all);
  });
});
