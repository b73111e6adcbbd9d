import { createLogger } from '@groundwork/service';
import { describe, expect, it } from 'vitest';
import { createApplier } from '../src/invalidation/applier.ts';
import { createChangeList } from '../src/invalidation/change-list.ts';
import { createLag } from '../src/invalidation/lag.ts';
import { parseTable, quoteTable, validName } from '../src/invalidation/names.ts';

const logger = createLogger({ service: 'test', level: 'silent' });

describe('a list of changes', () => {
  const after = new Map([['id', '1']]);

  it('collapses by number and by size, and stays so', () => {
    for (const limits of [
      { changes: 3, bytes: 1e9 },
      { changes: 1e9, bytes: 300 },
    ]) {
      const list = createChangeList(limits);
      for (let i = 0; i < 3; i++) list.add({ kind: 'insert', table: 'a', after }, 100);
      expect(list.changes).toHaveLength(3);
      list.add({ kind: 'insert', table: 'a', after }, 100);
      expect(list.bytes).toBe(0);
      list.add({ kind: 'delete', table: 'b', before: after }, 100);
      expect(list.changes).toEqual([
        { kind: 'truncate', table: 'a' },
        { kind: 'truncate', table: 'b' },
      ]);
    }
  });
});

describe('what waits to be applied', () => {
  it('is full above 16 MiB, until it is applied', async () => {
    const ending = new AbortController();
    const full: boolean[] = [];
    const { promise: hanging, resolve: letGo } = Promise.withResolvers<void>();
    const applied = Promise.withResolvers<bigint>();
    const applier = createApplier({
      ready: () => Promise.resolve(),
      apply: () => hanging,
      onApplied: (_, confirmed) => confirmed === 9n && applied.resolve(confirmed),
      onFull: (isFull) => full.push(isFull),
      signal: ending.signal,
      logger,
    });
    applier.push({ bytes: 10 * 1024 * 1024, position: 1n });
    expect(full).toEqual([]);
    applier.push({ bytes: 10 * 1024 * 1024, position: 2n });
    expect(full).toEqual([true]);
    applier.reached(9n);
    expect(applier.confirmed).toBe(0n);
    letGo();
    expect(await applied.promise).toBe(9n);
    expect(full).toEqual([true, false]);
    ending.abort();
    await applier.done;
  });
});

describe('small things', () => {
  it('names are checked and quoted', () => {
    expect(validName('groundwork_cache')).toBe('groundwork_cache');
    for (const bad of ['', '1a', 'a b', 'A', `a"b`, 'a'.repeat(51)])
      expect(() => validName(bad)).toThrow('cannot name');
    expect(parseTable('a.b.c')).toEqual({ schema: 'a', table: 'b.c' });
    expect(quoteTable('a.B"c')).toBe('"a"."B""c"');
    for (const bad of ['a', 'a.', '.b']) expect(() => parseTable(bad)).toThrow('schema.table');
  });

  it('the lag is of the last thousand', () => {
    const lag = createLag();
    expect(lag.read()).toEqual({ lastMs: null, p50Ms: null, p99Ms: null, count: 0 });
    for (let i = 1; i <= 2_000; i++) lag.add(i);
    expect(lag.read()).toEqual({ lastMs: 2_000, p50Ms: 1_500, p99Ms: 1_990, count: 2_000 });
  });
});
