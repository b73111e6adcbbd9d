import type { Derivative, ImageFormat } from '@groundwork/contracts';

/** Best first. */
const PREFERENCE: readonly ImageFormat[] = ['avif', 'webp', 'jpeg'];
/** What every client can show, in the order in which it is given to those who name nothing. */
const SAFE: readonly ImageFormat[] = ['jpeg', 'webp', 'avif'];

/**
 * The image of a preset in the format that the client names with the highest q, the
 * best one of several (RFC 9110 section 12.5.1). Wildcards do not count: `image/*` and
 * `*\/*` also come from programs that can show neither AVIF nor WebP, so they get JPEG
 * where there is one.
 */
export function chooseDerivative(
  derivatives: readonly Derivative[],
  preset: string,
  accept: string | undefined,
): Derivative | undefined {
  const weights = weightsIn(accept);
  const weightOf = (format: ImageFormat) => weights.get(`image/${format}`) ?? 0;
  const named = PREFERENCE.filter((format) => weightOf(format) > 0);
  // The sort is stable: of equal weight, our preference stays.
  const wanted = [...named.toSorted((a, b) => weightOf(b) - weightOf(a)), ...SAFE];
  const available = derivatives.filter((one) => one.preset === preset);
  return wanted
    .map((format) => available.find((one) => one.format === format))
    .find((one) => one !== undefined);
}

/**
 * Whether an answer that is no image had better be a picture, which is an SVG: for
 * `<img>`, not for programs and people, and not for those who take no SVG.
 */
export function prefersPicture(accept: string | undefined): boolean {
  const weights = weightsIn(accept);
  const [first] = weights.keys();
  const svg = weights.get('image/svg+xml') ?? weights.get('image/*') ?? weights.get('*/*') ?? 0;
  return first?.startsWith('image/') === true && svg > 0;
}

/** Each media range of an Accept header with its q, in the order given. What cannot be read is left out. */
function weightsIn(accept = ''): Map<string, number> {
  const weights = new Map<string, number>();
  for (const item of accept.toLowerCase().split(',')) {
    const [range = '', ...parameters] = item.split(';').map((part) => part.trim());
    const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice('q='.length) ?? '1';
    // RFC 9110 section 12.4.2: three digits after the point, at most 1.
    if (range !== '' && /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(q)) weights.set(range, Number(q));
  }
  return weights;
}
