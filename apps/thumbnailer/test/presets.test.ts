import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPresets } from '../src/adapters/load-presets.ts';
import { converge } from '../src/domain/converge.ts';
import { DEFAULT_PRESETS, parsePresets } from '../src/domain/preset-file.ts';
import { closeTo, colourAt, CORNERS, jpeg } from './support/pictures.ts';
import { startStack, type Stack } from './support/stack.ts';

const SQUARE =
  'presets: [{ name: square, width: 100, height: 100, fit: cover, formats: [jpeg], quality: { jpeg: 95 } }]';
const signal = new AbortController().signal;

describe('a preset file', () => {
  it('takes encoder settings from the preset, then its defaults, then the built-in ones', () => {
    const presets = parsePresets(`
defaults: { formats: [webp], quality: { webp: 70 } }
presets:
  - { name: a, width: 10, height: 20 }
  - { name: b, width: 10, height: 20, fit: cover, formats: [jpeg, webp], quality: { webp: 60 }, effort: { webp: 6 } }
`);
    expect(presets).toEqual([
      {
        name: 'a',
        width: 10,
        height: 20,
        fit: 'inside',
        crop: 'centre',
        encodings: [{ format: 'webp', quality: 70, effort: 2 }],
      },
      {
        name: 'b',
        width: 10,
        height: 20,
        fit: 'cover',
        crop: 'centre',
        encodings: [
          { format: 'jpeg', quality: 82 },
          { format: 'webp', quality: 60, effort: 6 },
        ],
      },
    ]);
  });

  it('is refused with everything that is wrong with it', () => {
    const text = `
presets:
  - { name: Big Size, width: 0, height: 20 }
  - { name: a, width: 10, height: 20, formats: [gif] }
  - { name: b, width: 10, height: 20, colour: red }
`;
    for (const words of ['presets.0.name', 'presets.0.width', 'presets.1.formats.0', 'presets.2']) {
      expect(() => parsePresets(text)).toThrow(words);
    }
    const lone = 'presets: [{ name: a, width: 1, height: 1, formats: [avif] }]';
    expect(() => parsePresets(lone)).toThrow('must have webp or jpeg too');
    const crop = 'presets: [{ name: a, width: 1, height: 1, crop: attention }]';
    expect(() => parsePresets(crop)).toThrow('presets.0.crop: needs fit: cover');
    const twice = 'presets: [{ name: a, width: 1, height: 1 }, { name: a, width: 2, height: 2 }]';
    expect(() => parsePresets(twice)).toThrow('presets.1.name: a is there twice');
    expect(() => parsePresets('presets: [')).toThrow('The presets are not YAML');
    expect(() => parsePresets('')).toThrow('The presets are not valid');
  });
});

describe('configured presets', () => {
  let stack: Stack;
  let dir: string;
  beforeAll(async () => {
    stack = await startStack();
    dir = mkdtempSync(join(tmpdir(), 'presets-'));
  });
  afterAll(async () => {
    await stack.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it('come from a file, from a bucket, or inline', async () => {
    const file = join(dir, 'presets.yaml');
    writeFileSync(file, SQUARE);
    await stack.s3.send(
      new PutObjectCommand({ Bucket: 'thumbnails', Key: 'config/my presets.yaml', Body: SQUARE }),
    );
    const aws = { endpoint: stack.endpoint, region: 'us-east-1', maxAttempts: 1 };
    const expected = parsePresets(SQUARE);
    expect(await loadPresets({ PRESETS: file }, aws)).toEqual(expected);
    expect(await loadPresets({ PRESETS: 's3://thumbnails/config/my%20presets.yaml' }, aws)).toEqual(expected);
    for (const Key of ['a?b#c/../d.yaml', '/x', 'ü é.yaml']) {
      await stack.s3.send(new PutObjectCommand({ Bucket: 'thumbnails', Key, Body: SQUARE }));
      expect(await loadPresets({ PRESETS: `s3://thumbnails/${Key}` }, aws)).toEqual(expected);
    }
    await expect(loadPresets({ PRESETS: 's3://thumbnails' }, aws)).rejects.toThrow(
      'PRESETS=s3://thumbnails: must look like s3://bucket/key',
    );
    expect(await loadPresets({ PRESETS_YAML: SQUARE }, aws)).toEqual(expected);
    expect(await loadPresets({}, aws)).toBe(DEFAULT_PRESETS);
    await expect(loadPresets({ PRESETS: join(dir, 'none.yaml') }, aws)).rejects.toThrow(
      /PRESETS=.*none.yaml: ENOENT/,
    );
  });

  it('cut to the middle when they cover', async () => {
    const { renderer } = stack.parts;
    const rendered = await renderer.render(await jpeg(600, 300), { presets: parsePresets(SQUARE) });
    if (!rendered.ok) throw new Error(rendered.verdict.reason);
    const [square] = rendered.renditions;
    expect(await sharp(square?.bytes).metadata()).toMatchObject({ width: 100, height: 100 });
    for (const corner of Object.keys(CORNERS) as (keyof typeof CORNERS)[]) {
      expect(closeTo(await colourAt(square?.bytes ?? new Uint8Array(), corner), CORNERS[corner])).toBe(true);
    }
  });

  it('make only what changed when they change', async () => {
    const ref = { bucket: 'uploads', key: 'kept.jpg' };
    await stack.put('kept.jpg', await jpeg(300, 200));
    const rendered: string[] = [];
    const watched = {
      ...stack.parts.renderer,
      render: (...args: Parameters<typeof stack.parts.renderer.render>) => {
        rendered.push(
          ...args[1].presets.flatMap(({ name, encodings }) =>
            encodings.map(({ format }) => `${name} ${format}`),
          ),
        );
        return stack.parts.renderer.render(...args);
      },
    };
    const withPresets = (yaml: string) => ({
      ...stack.parts,
      renderer: watched,
      recipe: { ...stack.parts.recipe, presets: parsePresets(yaml) },
    });
    const one = '{ name: one, width: 50, height: 50, formats: [webp, jpeg] }';
    const two = (quality: number) =>
      `{ name: two, width: 20, height: 20, formats: [jpeg], quality: { jpeg: ${quality} } }`;
    await converge(withPresets(`presets: [${one}, ${two(80)}]`), ref, signal);
    expect(rendered.splice(0)).toEqual(['one webp', 'one jpeg', 'two jpeg']);
    await converge(withPresets(`presets: [${one}, ${two(40)}]`), ref, signal);
    expect(rendered.splice(0)).toEqual(['two jpeg']);
    await converge(withPresets(`presets: [${one}]`), ref, signal);
    expect(rendered.splice(0)).toEqual([]);
    const manifest = await stack.manifest('kept.jpg');
    if (manifest?.state !== 'ready') throw new Error('not ready');
    expect(manifest.derivatives.map(({ preset, format }) => `${preset} ${format}`)).toEqual([
      'one webp',
      'one jpeg',
    ]);
    expect(manifest.source).toMatchObject({ width: 300, height: 200 });
  });
});
