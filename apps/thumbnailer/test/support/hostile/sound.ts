import sharp, { type Sharp } from 'sharp';
import { ascii, seeded } from './file.ts';
import { segment, withSegments } from './jpeg.ts';

/** Of the files that are damaged here, in pixels. */
export const WIDTH = 96;
export const HEIGHT = 72;

/** A gradient with noise, so that no part of it compresses to nothing. */
export function picture(width = WIDTH, height = HEIGHT, channels: 1 | 2 | 3 | 4 = 3): Sharp {
  const random = seeded(width * height * channels);
  const data = Buffer.alloc(width * height * channels);
  for (let at = 0; at < data.length; at++) {
    data[at] = ((at % (width * channels)) * 200) / (width * channels) + random() * 55;
  }
  return sharp(data, { raw: { width, height, channels } });
}

/** The same, as an animation of `frames` frames. */
function animation(frames: number): Sharp {
  const random = seeded(frames);
  const data = Buffer.from(Array.from({ length: WIDTH * HEIGHT * frames * 3 }, () => random() * 255));
  return sharp(data, { raw: { width: WIDTH, height: HEIGHT * frames, channels: 3, pageHeight: HEIGHT } });
}

/** sharp writes it only where there is no EXIF. */
const JFIF = segment(0xe0, ascii('JFIF\0'), Buffer.of(1, 1, 0, 0, 1, 0, 1, 0, 0));

/** One whole file of each kind, from sharp's own encoders. */
export async function soundFiles() {
  const exif = { IFD0: { ImageDescription: 'sound', Orientation: '6' } };
  return {
    jpeg: withSegments(await picture().jpeg().withExif(exif).toBuffer(), JFIF),
    progressive: await picture().jpeg({ progressive: true }).toBuffer(),
    larger: await picture(640, 480).jpeg({ quality: 50 }).toBuffer(),
    cmyk: await picture().toColourspace('cmyk').jpeg().toBuffer(),
    png: await picture().png().toBuffer(),
    interlaced: await picture().png({ progressive: true }).toBuffer(),
    palette: await picture(WIDTH, HEIGHT, 4).png({ palette: true }).toBuffer(),
    gif: await animation(3).gif().toBuffer(),
    webp: await picture().webp({ effort: 0 }).toBuffer(),
    lossless: await picture().webp({ lossless: true, effort: 0 }).toBuffer(),
    extended: await picture(WIDTH, HEIGHT, 4)
      .webp({ effort: 0 })
      .withExif(exif)
      .withIccProfile('p3')
      .toBuffer(),
    animated: await animation(3).webp({ effort: 0 }).toBuffer(),
    tiff: await picture().tiff({ compression: 'deflate' }).toBuffer(),
    avif: await picture().avif({ effort: 0 }).toBuffer(),
  };
}

export type Sound = Awaited<ReturnType<typeof soundFiles>>;
