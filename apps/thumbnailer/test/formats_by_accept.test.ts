import type { Derivative, ImageFormat } from '@groundwork/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseDerivative, prefersPicture } from '../src/domain/negotiate.ts';

const FORMATS: readonly ImageFormat[] = ['avif', 'webp', 'jpeg'];
const derivativeOf = (format: ImageFormat): Derivative => ({
  preset: 'small',
  format,
  key: format,
  content: format,
  width: 1,
  height: 1,
  bytes: 1,
  etag: format,
});
const ALL = FORMATS.map(derivativeOf);
const chosen = (accept: string | undefined, from = ALL) => chooseDerivative(from, 'small', accept)?.format;

describe('the format of an image', () => {
  it.each([
    [undefined, 'jpeg'],
    ['', 'jpeg'],
    ['image/avif,image/webp,*/*;q=0.8', 'avif'],
    ['image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5', 'avif'],
    ['image/jpeg, image/webp;q=0.1', 'jpeg'],
    ['image/webp;q=0.8, image/avif;q=0.799', 'webp'],
    ['image/avif; Q=0.5 , IMAGE/WEBP ; q=0.9', 'webp'],
    ['image/webp;profile=x;q=0.2, image/jpeg;q=0.3', 'jpeg'],
    ['image/webp;q=0.2, image/jpeg;q=0.2', 'webp'],
    ['image/avif;q=0, image/webp;q=0.000, */*', 'jpeg'],
    ['image/avif;q=best, image/webp;q=2', 'jpeg'],
    ['image/*', 'jpeg'],
    ['*/*;q=1, text/html', 'jpeg'],
  ])('for Accept: %s is %s', (accept, format) => {
    expect(chosen(accept)).toBe(format);
  });

  it('is one that there is, whatever is asked for', () => {
    expect(chosen('image/avif', [derivativeOf('webp')])).toBe('webp');
    expect(chosen('image/avif, image/webp;q=0.5, image/jpeg;q=0.6', ALL.slice(1))).toBe('jpeg');
  });

  it('is the named one with the highest q, of equal ones the best; in any order, whatever the wildcards', () => {
    const q = fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10);
    const named = fc.record({ avif: q, webp: q, jpeg: q }, { requiredKeys: [] });
    const wildcards = fc.subarray(['*/*', 'image/*', 'text/html;q=0.9', 'image/*;q=0.1']);
    fc.assert(
      fc.property(named, wildcards, fc.infiniteStream(fc.nat()), (weights, others, random) => {
        const items = [
          ...Object.entries(weights).map(([format, weight]) => `image/${format};q=${weight}`),
          ...others,
        ];
        const shuffled = items
          .map((item) => ({ item, at: random.next().value ?? 0 }))
          .toSorted((a, b) => a.at - b.at)
          .map(({ item }) => item);
        const best = Math.max(0, ...Object.values(weights));
        const expected = best === 0 ? 'jpeg' : FORMATS.find((format) => weights[format] === best);
        expect(chosen(shuffled.join(', '))).toBe(expected);
      }),
    );
  });
});

describe('a placeholder picture is for', () => {
  it.each([
    ['image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8', true],
    ['image/webp,*/*', true],
    ['image/svg+xml', true],
    ['image/webp', false],
    ['image/webp, image/*;q=0', false],
    ['image/webp, image/svg+xml;q=0, */*', false],
    ['text/html,image/*', false],
    ['*/*', false],
    [undefined, false],
  ])('Accept: %s: %s', (accept, shown) => {
    expect(prefersPicture(accept)).toBe(shown);
  });
});
