import type { Derivative, ImageFormat } from '@groundwork/contracts';

/** Best first. */
const PREFERENCE: readonly ImageFormat[] = ['webp', 'jpeg'];

/**
 * The best format the client names. Wildcards do not count for WebP: `image/*` and
 * `*\/*` also come from programs that cannot show it, so they get JPEG.
 */
export function chooseFormat(accept: string | undefined): ImageFormat {
  const named = new Set(
    (accept ?? '')
      .split(',')
      .map((item) => item.trim().toLowerCase())
      .filter((item) => !/;\s*q=0(\.0+)?\s*(;|$)/.test(item))
      .map((item) => item.split(';')[0]?.trim()),
  );
  return PREFERENCE.find((format) => named.has(`image/${format}`)) ?? 'jpeg';
}

export function findDerivative(
  derivatives: readonly Derivative[],
  preset: string,
  format: ImageFormat,
): Derivative | undefined {
  return derivatives.find((one) => one.preset === preset && one.format === format);
}
