import { expect, it } from 'vitest';
import { parsePresets } from '../src/domain/preset-file.ts';
import { release } from '../src/domain/release.ts';
import { jpeg } from './support/pictures.ts';
import { createTestRenderer } from './support/renderer.ts';

it('decoded pixels are gone as soon as the thumbnails are made, without a collection', async () => {
  const presets = parsePresets(`presets:
    - { name: large, width: 1600, height: 1600 }
    - { name: card, width: 1200, height: 600, fit: cover, crop: attention }
    - { name: small, width: 800, height: 800 }`);
  const renderer = createTestRenderer();
  const original = await jpeg(3000, 2000);
  // What is loaded once.
  await renderer.render(original, { presets });
  const before = process.memoryUsage().external;
  const result = await renderer.render(original, { presets });
  if (!result.ok) throw new Error(result.verdict.reason);
  const images = result.renditions.reduce((sum, { bytes }) => sum + bytes.length, 0);
  // The largest size alone has 1600 × 1067 pixels of 3 bytes, 5.1 MB.
  expect(process.memoryUsage().external - before - images).toBeLessThan(2_000_000);
  expect(original.length).toBeGreaterThan(0);
});

it('only what has its memory to itself can be given back', () => {
  const own = Buffer.alloc(1_000);
  release(own);
  expect(own).toHaveLength(0);
  const shared = Buffer.alloc(1_000, 7);
  release(shared.subarray(0, 10));
  expect(shared.every((byte) => byte === 7)).toBe(true);
  // Nothing is left to give back, and nothing is said about it.
  release(own);
});
