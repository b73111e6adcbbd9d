import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Local } from '../src/domain/cache/local.ts';
import { POLICIES } from '../src/domain/eviction/policy.ts';
import { keyName, tagName } from '../src/domain/generations.ts';
import { L1 } from '../src/domain/l1.ts';
import { entryOf } from './support/entries.ts';

const MAX_BYTES = 20_000;
const KEYS = Array.from({ length: 40 }, (_, number) => `products/${number}`);
const TAGS = ['a', 'b', 'c'];

const key = fc.constantFrom(...KEYS);
const tag = fc.constantFrom(...TAGS);
const steps = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ key, tags: fc.uniqueArray(tag), bytes: fc.integer({ min: 0, max: 3_000 }) }),
    },
    { weight: 4, arbitrary: fc.record({ read: key }) },
    { weight: 1, arbitrary: fc.record({ tag }) },
    { weight: 1, arbitrary: fc.record({ remove: key }) },
  ),
  { maxLength: 200 },
);

describe.each(POLICIES)('L1 with %s', (policy) => {
  it('removes exactly what carries the name, however it came and went before', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const l1 = new L1(MAX_BYTES, policy);
        const tagsOf = new Map<string, readonly string[]>();
        const here = (): string[] => KEYS.filter((one) => l1.get(one) !== undefined);
        for (const step of all) {
          if ('read' in step) l1.get(step.read);
          else if ('remove' in step || 'tag' in step) {
            const before = here();
            l1.remove(['remove' in step ? keyName(step.remove) : tagName(step.tag)]);
            const isGone = (one: string): boolean =>
              'remove' in step ? one === step.remove : tagsOf.get(one)!.includes(step.tag);
            expect(here()).toEqual(before.filter((one) => !isGone(one)));
          } else {
            const entry = entryOf(new Uint8Array(step.bytes), 0, { tags: step.tags });
            l1.set(step.key, entry);
            expect([undefined, entry]).toContain(l1.get(step.key));
            if (step.bytes > MAX_BYTES / 8) expect(l1.get(step.key)).toBeUndefined();
            tagsOf.set(step.key, step.tags);
          }
          expect(l1.size.bytes).toBeLessThanOrEqual(MAX_BYTES);
        }
        l1.clear();
        expect(l1.size).toEqual({ entries: 0, bytes: 0 });
      }),
    );
  });

  it('is what a process keeps with it', () => {
    const local = new Local(1_000_000, () => true, policy);
    const entry = entryOf('v1', 0, { tags: ['a'] });
    expect(local.keep('products/1', entry, local.epoch)).toBe(true);
    expect(local.get('products/1')).toBe(entry);
    local.forget({ tags: ['a'] });
    expect([local.get('products/1'), local.size]).toEqual([undefined, { entries: 0, bytes: 0 }]);
  });
});
