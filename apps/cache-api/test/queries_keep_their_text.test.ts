import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parametersOf, splitQuery } from '../src/domain/resources/query-text.ts';
import { parseTag, tagsOf } from '../src/domain/resources/tags.ts';

const namesIn = (query: string): string[] => [...parametersOf(splitQuery(query))];
const joined = (query: string): string =>
  splitQuery(query)
    .map((piece) => (typeof piece === 'string' ? piece : `:${piece.parameter}`))
    .join('');

describe('parameters of a query', () => {
  const found: [string, string[]][] = [
    ['SELECT :a, :b_2, :a', ['a', 'b_2']],
    ['SELECT a::text, :a::int, x:=1', ['a']],
    [`SELECT ':x', 'it''s :x', E'\\':x', e'\\\\', :a`, ['a']],
    [`SELECT 'a\\', :a, '\\'`, ['a']],
    [`SELECT ":x", "a"":x", U&"d:x", :a`, ['a']],
    ['SELECT $$ :x $$, $t$ :x $$ $u$ $t$, :a', ['a']],
    ['SELECT a$b, a$1, col$t$, :a, $t$:x$t$', ['a']],
    ['SELECT 1 -- :x\n, :a', ['a']],
    [`SELECT 1 /* :x /* ' */ :y */, :a`, ['a']],
    [`SELECT '--', :a -- it's`, ['a']],
    ['SELECT (b)[1 : n], :a', ['a']],
    ['SELECT :a; ; -- done\n /* ; */', ['a']],
  ];
  it.each(found)('%s', (query, names) => {
    expect(namesIn(query)).toEqual(names);
  });

  it('are all that changes in it', () => {
    const piece = fc.constantFrom(
      `'x:y'`,
      '"q:r"',
      '$a$ :b $a$',
      '/* :c */',
      '-- :d\n',
      ':e',
      '::text',
      ' , ',
      'f',
      'E',
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        // E before a string makes another kind of string of it.
        const query = pieces.join(' ');
        expect(joined(query)).toBe(query);
        expect(namesIn(query)).toEqual(query.includes(':e') ? ['e'] : []);
      }),
    );
  });

  it('are looked for in any text without hanging', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...`'"$-/*:;\\aE1\n `.split('')), maxLength: 200 }),
        (query) => {
          try {
            expect(query.startsWith(joined(query))).toBe(true);
          } catch (error) {
            expect((error as Error).message).toMatch(/not closed|no parameter here|more than one statement/);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it.each(['SELECT 1; SELECT 2', 'SELECT :a; :b', `SELECT 1; '`, 'SELECT 1;; x'])(
    'are those of one: %s',
    (query) => {
      expect(() => splitQuery(query)).toThrow(/more than one statement|not closed/);
    },
  );
});

describe('tags of a row', () => {
  const row = new Map([
    ['a', 'x, #y'],
    ['b', null],
    ['long', 'x'.repeat(250)],
  ]);
  it.each([
    ['fixed', ['fixed']],
    ['a:{a}', ['a:x%2C%20%23y']],
    ['{a}-{a}', ['x%2C%20%23y-x%2C%20%23y']],
    ['b:{b}', []],
    ['c:{c}', []],
    ['{long}', ['x'.repeat(250)]],
    ['longer:{long}', []],
  ])('%s', (template, tags) => {
    expect(tagsOf([parseTag(template)], row)).toEqual(tags);
  });
});
