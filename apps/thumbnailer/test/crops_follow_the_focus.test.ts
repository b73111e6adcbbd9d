import sharp from 'sharp';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { converge } from '../src/domain/converge.ts';
import { scene } from './support/pictures.ts';
import { startStack, type Stack } from './support/stack.ts';

const PRESETS_YAML = `
defaults: { formats: [avif, jpeg] }
presets:
  - { name: whole, width: 90, height: 90 }
  - { name: middle, width: 60, height: 60, fit: cover }
  - { name: eye, width: 60, height: 60, fit: cover, crop: attention }
`;
const signal = new AbortController().signal;
const ref = { bucket: 'uploads', key: 'scene.jpg' };

let stack: Stack;
beforeEach(async () => {
  stack = await startStack({ settings: { PRESETS_YAML } });
});
afterEach(() => stack.close());

/** How red each image of a preset is in its middle, by format. */
async function redness(preset: string): Promise<number[]> {
  const manifest = await stack.manifest(ref.key);
  if (manifest?.state !== 'ready') throw new Error('not ready');
  const images = manifest.derivatives.filter((one) => one.preset === preset);
  return Promise.all(
    images.map(async ({ key, width, height }) => {
      const middle = { left: Math.floor(width / 2), top: Math.floor(height / 2), width: 1, height: 1 };
      const [red = 0, , blue = 0] = await sharp(await stack.image(key))
        .extract(middle)
        .raw()
        .toBuffer();
      return Math.round((red - blue) / 100);
    }),
  );
}
const all = async () => ({ middle: await redness('middle'), eye: await redness('eye') });

it('each preset is cropped in its own way, and those that come later in the same', async () => {
  await stack.put(ref.key, await scene());
  await converge(stack.parts, ref, signal);
  await converge(stack.parts, ref, signal, 'full');
  expect(await all()).toEqual({ middle: [0, 0], eye: [2, 2] });
});

it('a focus given with the upload goes before both; taken away again, nothing of it stays', async () => {
  await stack.put(ref.key, await scene(), { focus: '0.1,0.5' });
  await converge(stack.parts, ref, signal, 'full');
  expect(await all()).toEqual({ middle: [0, 0], eye: [0, 0] });
  await stack.put(ref.key, await scene(), { focus: `${460 / 600},0.5` });
  await converge(stack.parts, ref, signal, 'full');
  expect(await all()).toEqual({ middle: [2, 2], eye: [2, 2] });
  await stack.put(ref.key, await scene());
  expect((await converge(stack.parts, ref, signal, 'full')).manifest).toMatchObject({ state: 'ready' });
  expect(await all()).toEqual({ middle: [0, 0], eye: [2, 2] });
  expect(await stack.manifest(ref.key)).not.toHaveProperty('source.focus');
  expect(await converge(stack.parts, ref, signal, 'full')).toMatchObject({ outcome: 'unchanged' });
});
