import { ascii, DAMAGED, family, inserted, patched, u32be, type HostileFile, type Outcome } from './file.ts';
import { firstOf, segment, withSegments } from './jpeg.ts';
import { AFTER_HEADER, chunk, png, rows } from './png.ts';
import { HEIGHT, picture, WIDTH, type Sound } from './sound.ts';
import { stripTiff, type Tags } from './tiff.ts';

/** Colours in other numbers and depths than usual. */
export async function colours(sound: Sound): Promise<HostileFile[]> {
  return [...(await unusualPngs(sound)), ...jpegs(sound), ...tiffs()];
}

async function unusualPngs({ palette }: Sound): Promise<HostileFile[]> {
  const made = family('colour', ['made']);
  const gamma = (value: number) => inserted(palette, AFTER_HEADER, chunk('gAMA', u32be(value)));
  const paletteOf = (count: number) =>
    png(
      { width: 8, height: 8, colour: 3 },
      rows(8, Buffer.of(0, 1, 2, 3, 99, 200, 254, 255)),
      chunk('PLTE', Buffer.alloc(count * 3, 77)),
    );
  return [
    made('PNG of 16 bits', await picture().toColourspace('rgb16').png().toBuffer()),
    made('PNG of 1 bit', png({ width: 16, height: 8, depth: 1 }, rows(8, Buffer.of(0xaa, 0x55)))),
    made(
      'PNG of 16 bits grey and alpha',
      png({ width: 4, height: 4, depth: 16, colour: 4 }, rows(4, Buffer.from([...Array(16).keys()]))),
    ),
    made('PNG of grey and alpha', await picture(WIDTH, HEIGHT, 2).png().toBuffer()),
    made(
      'PNG that is wholly transparent',
      png({ width: 4, height: 4, colour: 6 }, rows(4, Buffer.alloc(16))),
    ),
    made('palette with indexes beyond its end', paletteOf(2), ...DAMAGED),
    made('palette of no colours', paletteOf(0), ...DAMAGED),
    made('palette of 300 colours', paletteOf(300), ...DAMAGED),
    made('gamma of 0', gamma(0)),
    made('gamma of 40,000', gamma(0xee6b2800)),
    made(
      'tRNS longer than its palette',
      inserted(paletteOf(2), AFTER_HEADER + 18, chunk('tRNS', Buffer.alloc(256))),
      ...DAMAGED,
    ),
    made(
      'AVIF of 12 bits',
      await picture().toColourspace('rgb16').avif({ effort: 0, bitdepth: 12 }).toBuffer(),
    ),
  ];
}

function jpegs({ jpeg, cmyk }: Sound): HostileFile[] {
  const made = family('colour', ['made']);
  const transform = firstOf(cmyk, 'ee').at + 15;
  const adobe = segment(0xee, ascii('Adobe'), Buffer.of(0, 100, 0, 0, 0, 0, 0));
  return [
    made('CMYK JPEG', cmyk),
    made('CMYK JPEG that says it is YCCK', patched(cmyk, transform, Buffer.of(2))),
    made('CMYK JPEG of transform 99', patched(cmyk, transform, Buffer.of(99)), 'made', 'salvaged'),
    made('RGB JPEG with an Adobe marker', withSegments(jpeg, adobe)),
  ];
}

/** Of the kinds that scanners and science write. */
function tiffs(): HostileFile[] {
  const side = 16;
  const of = (what: string, bytesPerPixel: number, tags: Tags, ...expect: readonly Outcome[]) => {
    const strip = Buffer.from(Array.from({ length: side * side * bytesPerPixel }, (_, i) => (i * 13) % 256));
    return family('colour', ['made'])(`TIFF of ${what}`, stripTiff(side, side, strip, tags), ...expect);
  };
  return [
    of('Lab', 3, { samples: 3, photometric: 8 }, 'made', 'unsupported'),
    of('16-bit Lab', 6, { samples: 3, photometric: 8, bits: 16 }),
    of('float', 4, { bits: 32, sampleFormat: 3 }),
    of('double', 8, { bits: 64, sampleFormat: 3 }, 'unsupported'),
    of('float RGB', 12, { bits: 32, sampleFormat: 3, samples: 3, photometric: 2 }),
    of('complex numbers', 8, { bits: 64, sampleFormat: 6 }, 'unsupported'),
    of('signed 32-bit integers', 4, { bits: 32, sampleFormat: 2 }),
    of('half floats', 2, { bits: 16, sampleFormat: 3 }, ...DAMAGED),
    of('CMYK', 4, { samples: 4, photometric: 5 }),
    of('CMYK and alpha', 5, { samples: 5, photometric: 5 }),
    of('RGB and two alphas', 5, { samples: 5, photometric: 2 }, 'made'),
    of('RGB and one alpha', 4, { samples: 4, photometric: 2 }),
    of('grey and four more', 5, { samples: 5 }),
    of('12 channels', 12, { samples: 12 }, 'unsupported'),
    of('1 bit', 1, { bits: 1 }),
    of('4 bits', 1, { bits: 4 }, ...DAMAGED),
    of('2 bits, white is zero', 1, { bits: 2, photometric: 0 }, ...DAMAGED),
    of('LogLuv', 4, { samples: 3, photometric: 32_845 }, ...DAMAGED),
  ];
}
