import { sep } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TransferError } from '../../src/ports/staging.ts';
import { targetOf } from '../../src/staging/places.ts';

const WORK = '/scratch/a';
/** S3 takes any of these between the slashes of a key. */
const word = fc.constantFrom('..', '.', '', 'a', 'b.txt', '...', '..a', ' ', '\\', 'ü');
const paths = fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join('/'));
const to = fc.constantFrom('in', 'in/', 'deep/down', '.', './');

describe('where an input goes', () => {
  it('is in the working directory, whatever the keys under its prefix are', () => {
    fc.assert(
      fc.property(to, paths, fc.boolean(), (where, path, isDirectory) => {
        const input = { from: 's3://data/x', to: where };
        try {
          const target = targetOf(WORK, input, { path, isDirectory });
          expect(target === WORK || target.startsWith(`${WORK}${sep}`)).toBe(true);
          expect(target.split(sep)).not.toContain('..');
        } catch (error) {
          if (!(error instanceof TransferError)) throw error;
          expect(error.message).toContain('s3://data/x has ');
          expect(path.split('/').some((one) => ['', '.', '..'].includes(one))).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['in', '', false, '/scratch/a/in'],
    ['in/', '', false, '/scratch/a/in/x'],
    ['in/', '', true, '/scratch/a/in/'],
    ['in', 'b/c', false, '/scratch/a/in/b/c'],
    ['.', 'b', true, '/scratch/a/b'],
  ])('%s, of which there is %j, is as people expect', (where, path, isDirectory, target) => {
    expect(targetOf(WORK, { from: 's3://data/x', to: where }, { path, isDirectory })).toBe(target);
  });
});
