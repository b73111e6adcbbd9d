import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ResourceSource } from '../src/adapters/postgres/resource-source.ts';
import { ResourceWriter, type Written } from '../src/adapters/postgres/resource-writer.ts';
import type { BoundTable } from '../src/domain/resources/bound.ts';
import { effectsOf } from '../src/domain/resources/effects.ts';
import { loadAll, textOf, useShops } from './support/shop.ts';

const openShop = useShops();

const YAML = `
resources:
  - { name: items, table: items, ttl: 1m, strategy: write-through, writable: [category, price] }
  - name: by-category
    query: SELECT id, price FROM items WHERE category = :category ORDER BY id
    key: { category: text }
    many: true
    ttl: 1m
    dependsOn: [{ table: items, on: { category: category } }]
  - name: cheapest
    query: SELECT min(price) AS price FROM items WHERE price >= :floor
    key: { floor: int }
    ttl: 1m
    dependsOn: [{ table: items }]`;

const IDS = ['1', '2', '3', '4'];
const CATEGORIES = ['a', 'b c', 'd,e', ''];
const ASKED: Record<string, string[]> = {
  items: IDS,
  'by-category': CATEGORIES.filter((category) => category !== '').map(encodeURIComponent),
  cheapest: ['0', '5'],
};

const price = fc.integer({ min: 0, max: 9 });
const writes = fc.array(
  fc.record({
    how: fc.constantFrom('replace', 'patch', 'remove'),
    id: fc.constantFrom(...IDS),
    fields: fc.record({ category: fc.option(fc.constantFrom(...CATEGORIES)), price }),
  }),
  { minLength: 1, maxLength: 15 },
);

it('no entry survives a write through Postgres that it does not show, nor does what was written differ', async () => {
  const shop = await openShop('CREATE TABLE items (id int PRIMARY KEY, category text, price int NOT NULL)');
  const bound = await shop.bind(YAML);
  const sources = bound.map((resource) => new ResourceSource(resource, shop.pools));
  const writer = new ResourceWriter(bound[0] as BoundTable, shop.pools);

  const everything = async (): Promise<Map<string, string | undefined>> => {
    const found = await Promise.all(sources.map((source, at) => loadAll(source, ...ASKED[bound[at]!.name]!)));
    return new Map(
      bound.flatMap(({ name }, at) =>
        ASKED[name]!.map((id, n) => [`${name}/${id}`, textOf(found[at]![n])] as const),
      ),
    );
  };
  await fc.assert(
    fc.asyncProperty(writes, async (history) => {
      await shop.owner.query('TRUNCATE items');
      let before = await everything();
      for (const { how, id, fields } of history) {
        const written: Written | undefined =
          how === 'replace'
            ? await writer.replace(id, fields)
            : how === 'patch'
              ? await writer.patch(id, { price: fields.price })
              : await writer.remove(id);
        const after = await everything();
        if (written === undefined) {
          expect(after).toEqual(before);
          continue;
        }
        expect(textOf(written.loaded)).toBe(after.get(`items/${id}`));
        const { keys, namespaces } = effectsOf(written.change, bound);
        for (const [key, text] of before) {
          const isGone = keys.has(key) || namespaces.has(key.slice(0, key.indexOf('/')));
          if (!isGone) expect([key, text]).toEqual([key, after.get(key)]);
        }
        before = after;
      }
    }),
    { numRuns: 25, endOnFailure: true },
  );
});
