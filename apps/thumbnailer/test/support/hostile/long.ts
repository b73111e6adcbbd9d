import { hostile, type HostileFile } from './file.ts';
import { frame, gif, plainPixels } from './gif.ts';
import { png, rows } from './png.ts';
import { picture } from './sound.ts';
import { stripTiff } from './tiff.ts';

/** As long as the formats allow, and one pixel high: unusual, but pictures. */
export async function longFiles(): Promise<HostileFile[]> {
  const line = (what: string, bytes: Buffer) => hostile(`long: ${what}`, bytes, 'made');
  return [
    line('JPEG of 65,500 × 1', await picture(65_500, 1).jpeg().toBuffer()),
    line('JPEG of 1 × 65,500', await picture(1, 65_500).jpeg().toBuffer()),
    line('PNG of 65,535 × 1', png({ width: 65_535, height: 1 }, rows(1, Buffer.alloc(65_535, 99)))),
    line('PNG of 1 × 65,535', png({ width: 1, height: 65_535 }, rows(65_535, Buffer.of(99)))),
    line('interlaced PNG of 65,535 × 1', await picture(65_535, 1).png({ progressive: true }).toBuffer()),
    line('PNG of 1,000,000 × 1', png({ width: 1_000_000, height: 1 }, rows(1, Buffer.alloc(1_000_000, 99)))),
    line('GIF of 65,535 × 1', gif(65_535, 1, frame({ width: 65_535, height: 1, data: plainPixels(65_535) }))),
    line('GIF of 1 × 65,535', gif(1, 65_535, frame({ width: 1, height: 65_535, data: plainPixels(65_535) }))),
    line('WebP of 16,383 × 1', await picture(16_383, 1).webp({ effort: 0 }).toBuffer()),
    line('WebP of 1 × 16,383', await picture(1, 16_383).webp({ effort: 0 }).toBuffer()),
    line('TIFF of 100,000 × 1', stripTiff(100_000, 1, Buffer.alloc(100_000, 99))),
    line('TIFF of 1 × 100,000', stripTiff(1, 100_000, Buffer.alloc(100_000, 99))),
    line('PNG of 1 × 1', png({ width: 1, height: 1 }, Buffer.of(0, 9))),
  ];
}
