import type { Derivative, ImageFormat } from '@groundwork/contracts';

/** Best first. */
const PREFERENCE: readonly ImageFormat[] = ['avif', 'webp', 'jpeg'];
/** What every client can show, in the order in which it is given to those who name nothing. */
const SAFE: readonly ImageFormat[] = ['jpeg', 'webp', 'avif'];

/**
 * The image of a preset in the best format that the client names. Wildcards do not
 * count for AVIF and WebP: `image/*` and `*\/*` also come from programs that cannot
 * show them, so they get JPEG where there is one.
 */
export function chooseDerivative(
  derivatives: readonly Derivative[],
  preset: string,
  accept: string | undefined,
): Derivative | undefined {
  const named = new Set(
    (accept ?? '')
      .split(',')
      .map((item) => item.trim().toLowerCase())
      .filter((item) => !/;\s*q=0(\.0+)?\s*(;|$)/.test(item))
      .map((item) => item.split(';')[0]?.trim()),
  );
  const wanted = [...PREFERENCE.filter((format) => named.has(`image/${format}`)), ...SAFE];
  const available = derivatives.filter((one) => one.preset === preset);
  return wanted
    .map((format) => available.find((one) => one.format === format))
    .find((one) => one !== undefined);
}

/** Whether an answer that is no image had better be a picture: for `<img>`, not for programs and people. */
export function prefersPicture(accept: string | undefined): boolean {
  const first = (accept ?? '').split(',')[0]?.trim().toLowerCase() ?? '';
  return first.startsWith('image/');
}
