import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change, Row } from '../src/domain/change.ts';
import { effectsOf, type Watch } from '../src/domain/resources/effects.ts';
import { idOf } from '../src/domain/resources/ids.ts';

/** A table of the model: id is its primary key; `long` is left out of `after` when it has not changed, as TOAST is. */
const COLUMNS = ['id', 'category', 'lang', 'price', 'long'] as const;
type Record = { [column in (typeof COLUMNS)[number]]: string | null };

const IDENTITIES = { default: ['id'], full: [...COLUMNS], index: ['lang'], nothing: [] } as const;
type Identity = keyof typeof IDENTITIES;

/** What a resource caches: by id, the answer that the rows give. */
interface Model {
  name: string;
  watch: Watch;
  answers: (rows: readonly Record[]) => Map<string, string>;
}

function models(identity: Identity): Model[] {
  const watch = (columns: readonly string[] | undefined): Watch => ({
    table: 'public.products',
    columns,
    identity: new Set(IDENTITIES[identity]),
  });
  const by = (...columns: (keyof Record)[]) => {
    return (rows: readonly Record[]): Map<string, string> => {
      const groups = new Map<string, string>();
      for (const row of rows) {
        const parts = columns.map((column) => row[column]);
        if (parts.includes(null)) continue;
        const key = idOf(parts as string[]);
        groups.set(key, `${groups.get(key) ?? ''}${JSON.stringify(row)}`);
      }
      return groups;
    };
  };
  const whole = (rows: readonly Record[]): Map<string, string> => new Map([['all', JSON.stringify(rows)]]);
  return [
    { name: 'products', watch: watch(['id']), answers: by('id') },
    { name: 'by-category', watch: watch(['category']), answers: by('category') },
    { name: 'by-lang-and-category', watch: watch(['lang', 'category']), answers: by('lang', 'category') },
    { name: 'by-long', watch: watch(['long']), answers: by('long') },
    { name: 'by-category-and-long', watch: watch(['category', 'long']), answers: by('category', 'long') },
    { name: 'stats', watch: watch(undefined), answers: whole },
  ];
}

const text = fc.constantFrom('a', 'b', 'c,d', 'e/f');
const values = fc.record({
  category: fc.option(text),
  lang: text,
  price: fc.constantFrom('1', '2', '3'),
  long: fc.option(text),
});
const id = fc.integer({ min: 1, max: 5 }).map(String);
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('put' as const), id, values }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('move' as const), id, to: id }) },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('touch' as const), id, values: fc.record({ price: text }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), id }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('truncate' as const) }) },
  ),
  { minLength: 1, maxLength: 40 },
);
type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never;

const only = (row: Record, columns: readonly string[]): Row =>
  new Map(COLUMNS.filter((column) => columns.includes(column)).map((column) => [column, row[column]]));

/** As logical replication tells it. */
function updateOf(before: Record, after: Record, identity: Identity): Change {
  const columns: readonly string[] = IDENTITIES[identity];
  const isSame = (column: string): boolean =>
    before[column as keyof Record] === after[column as keyof Record];
  const isTold = identity === 'full' || !columns.every(isSame);
  return {
    kind: 'update',
    table: 'public.products',
    ...(isTold && { before: only(before, columns) }),
    after: only(
      after,
      COLUMNS.filter((column) => column !== 'long' || !isSame(column)),
    ),
  };
}

/** Changes the rows; the change that is told of it, if there is any. */
function apply(step: Step, rows: Map<string, Record>, identity: Identity): Change | undefined {
  const table = 'public.products';
  if (step.kind === 'truncate') {
    rows.clear();
    return { kind: 'truncate', table };
  }
  const before = rows.get(step.id);
  if (step.kind === 'delete') {
    if (!rows.delete(step.id)) return undefined;
    return { kind: 'delete', table, before: only(before!, IDENTITIES[identity]) };
  }
  if (step.kind === 'put' && before === undefined) {
    const after = { id: step.id, ...step.values };
    rows.set(step.id, after);
    return { kind: 'insert', table, after: only(after, COLUMNS) };
  }
  if (before === undefined || (step.kind === 'move' && rows.has(step.to))) return undefined;
  const after = step.kind === 'move' ? { ...before, id: step.to } : { ...before, ...step.values };
  rows.delete(before.id!);
  rows.set(after.id!, after);
  return updateOf(before, after, identity);
}

describe.each(Object.keys(IDENTITIES) as Identity[])('with replica identity %s', (identity) => {
  it('no cached answer survives that differs from what the rows give', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const resources = models(identity);
        const rows = new Map<string, Record>();
        // Everything that has an answer is cached, and everything that has none is as absent.
        const caches = resources.map(() => new Map<string, string | undefined>());
        for (const step of history) {
          const now = [...rows.values()];
          for (const [at, model] of resources.entries()) {
            const answers = model.answers(now);
            const seen = new Set([...answers.keys(), ...caches[at]!.keys(), ...everyId(model)]);
            for (const key of seen) caches[at]!.set(key, answers.get(key));
          }
          const change = apply(step, rows, identity);
          if (change === undefined) continue;
          const watching = resources.map(({ name, watch }) => ({ name, watches: [watch] }));
          const effects = effectsOf(change, watching);
          const after = [...rows.values()];
          for (const [at, { name, answers }] of resources.entries()) {
            const current = answers(after);
            for (const [key, cached] of caches[at]!) {
              const isGone = effects.namespaces.has(name) || effects.keys.has(`${name}/${key}`);
              if (!isGone) expect([name, key, cached]).toEqual([name, key, current.get(key)]);
            }
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

function everyId({ name }: Model): string[] {
  const texts = ['a', 'b', 'c,d', 'e/f'];
  if (name === 'products') return ['1', '2', '3', '4', '5'];
  if (name === 'stats') return ['all'];
  if (!name.includes('-and-')) return texts.map((value) => idOf([value]));
  return texts.flatMap((one) => texts.map((other) => idOf([one, other])));
}

describe('a change', () => {
  const watching = (columns: string[] | undefined, identity = ['id']) => [
    { name: 'r', watches: [{ table: 'public.t', columns, identity: new Set(identity) }] },
    { name: 'other', watches: [{ table: 'shop.t', columns: undefined, identity: new Set<string>() }] },
  ];
  const row = (columns: { [column: string]: string | null }): Row => new Map(Object.entries(columns));
  const none = { keys: new Set(), tags: new Set(), namespaces: new Set() };

  it('takes no more with it than it has to', () => {
    const insert: Change = { kind: 'insert', table: 'public.t', after: row({ id: '1', c: 'x y' }) };
    expect(effectsOf(insert, watching(['id']))).toEqual({ ...none, keys: new Set(['r/1']) });
    expect(effectsOf(insert, watching(['c', 'id']))).toEqual({ ...none, keys: new Set(['r/x%20y,1']) });
    const update: Change = { kind: 'update', table: 'public.t', after: row({ id: '1', c: 'x' }) };
    expect(effectsOf(update, watching(['id']))).toEqual({ ...none, keys: new Set(['r/1']) });
    const moved: Change = { ...update, before: row({ id: '2', c: 'y' }) };
    expect(effectsOf(moved, watching(['c']))).toEqual({ ...none, keys: new Set(['r/x', 'r/y']) });
  });

  it('of a row that is in no entry takes nothing with it', () => {
    const change: Change = { kind: 'delete', table: 'public.t', before: row({ id: '1', c: null }) };
    expect(effectsOf(change, watching(['c']))).toEqual(none);
  });

  it('of which too little is known takes the whole resource with it', () => {
    const whole = { ...none, namespaces: new Set(['r']) };
    const gone: Change = { kind: 'delete', table: 'public.t', before: row({ id: '1' }) };
    expect(effectsOf(gone, watching(['c']))).toEqual(whole);
    const update: Change = { kind: 'update', table: 'public.t', after: row({ id: '1', c: 'x' }) };
    expect(effectsOf(update, watching(['c']))).toEqual(whole);
    expect(effectsOf({ ...update, before: row({ id: '2' }) }, watching(['c']))).toEqual(whole);
    expect(effectsOf({ kind: 'truncate', table: 'public.t' }, watching(['id']))).toEqual(whole);
  });
});
