import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canBeStored, imagePath, keyPath, ObjectKey } from '../src/http/object-key.ts';

const key = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => ObjectKey.safeParse(text).success);

it('any key that may be uploaded comes through a URL unchanged', () => {
  fc.assert(
    fc.property(key, (text) => {
      const { pathname, search, hash } = new URL(imagePath(text), 'http://127.0.0.1');
      expect([search, hash]).toEqual(['', '']);
      expect(decodeURIComponent(pathname)).toBe(`/images/${text}`);
      expect(keyPath(text).split('/')).toHaveLength(text.split('/').length);
    }),
  );
});

it('the limits of a key are the same for uploading and for asking', () => {
  for (const [text, fits] of [
    ['ü'.repeat(512), true],
    [`${'ü'.repeat(512)}x`, false],
    ['a\0b', false],
  ] as const) {
    expect(ObjectKey.safeParse(text).success).toBe(fits);
    expect(canBeStored(text)).toBe(fits);
  }
});
