import sharp, { type Raw, type Sharp } from 'sharp';
import type { Box, Size } from '../../domain/plan.ts';
import { release } from '../../domain/release.ts';
import type { Gamut } from './gamut.ts';
import { inTime, type Deadline } from './time-limit.ts';

/** As they come from libvips, uncompressed, 8 bits per channel. */
export interface Pixels {
  data: Buffer;
  raw: Raw;
  gamut: Gamut;
}

export async function toPixels(image: Sharp, gamut: Gamut): Promise<Pixels> {
  const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  return { data, raw: { width: info.width, height: info.height, channels: info.channels }, gamut };
}

export function fromPixels({ data, raw }: Pixels): Sharp {
  return sharp(data, { raw });
}

/** The larger pixels are released, as nothing else is made of them. */
export async function shrink(pixels: Pixels, size: Size, deadline: Deadline): Promise<Pixels> {
  if (pixels.raw.width === size.width && pixels.raw.height === size.height) return pixels;
  const smaller = await toPixels(inTime(fromPixels(pixels).resize(exactly(size)), deadline), pixels.gamut);
  release(pixels.data);
  return smaller;
}

export function cut(pixels: Pixels, box: Box): Promise<Pixels> {
  return toPixels(fromPixels(pixels).extract(box), pixels.gamut);
}

/** Sizes are worked out from the original: fitting step by step would add up roundings. */
export function exactly({ width, height }: Size) {
  return { width, height, fit: 'fill' } as const;
}

/**
 * For an encoder, with the profile that says which colours these are. libvips takes 16-bit
 * pixels without a profile for P3 and 8-bit ones for sRGB, so the former pass unchanged.
 */
export function withProfile(pixels: Pixels): Sharp {
  if (pixels.gamut === 'srgb') return fromPixels(pixels);
  return sharp(
    Uint16Array.from(pixels.data, (value) => value * 257),
    { raw: pixels.raw },
  ).withIccProfile('p3');
}
