import { DAMAGED, family, seeded, type HostileFile } from './file.ts';
import type { Sound } from './sound.ts';

/** Random bytes at random places behind the signature, the same each time. */
export function flippedFiles(sound: Sound): HostileFile[] {
  const flipped = family('flipped', [...DAMAGED, 'unsupported', 'too_many_pixels', 'too_many_frames']);
  const { png: plain, interlaced, palette, gif, webp, lossless, animated, tiff, avif } = sound;
  const files = { plain, interlaced, palette, gif, webp, lossless, animated, tiff, avif };
  return Object.entries(files).flatMap(([kind, whole], n) =>
    [1, 4, 16].map((count) => {
      const random = seeded(n * 100 + count);
      const copy = Buffer.from(whole);
      for (let i = 0; i < count; i++) {
        copy[12 + Math.floor(random() * (copy.length - 12))] = Math.floor(random() * 256);
      }
      return flipped(`${kind}, ${count} bytes`, copy);
    }),
  );
}
