import { expect, it } from 'vitest';
import { MAX_OBJECT_BYTES } from '../src/cache.ts';
import { ask, startEdge, startUpstream, xCache } from './edge.ts';

/** Answers `/images/<bytes>…` with that many bytes, with or without saying how many beforehand. */
const sized = (withLength: boolean) =>
  startUpstream((req, res) => {
    const bytes = Number(/\d+/.exec(req.url ?? '')?.[0]);
    res.writeHead(200, {
      'cache-control': 'max-age=60',
      ...(withLength ? { 'content-length': String(bytes) } : {}),
    });
    res.end(Buffer.alloc(bytes));
  });

it.each([true, false])(
  'keeps 8 MiB and passes one byte more through unkept (length announced: %s)',
  async (announced) => {
    const upstream = await sized(announced);
    const edge = await startEdge([upstream.url]);
    for (const [bytes, second] of [
      [MAX_OBJECT_BYTES, 'Hit'],
      [MAX_OBJECT_BYTES + 1, 'Miss'],
    ] as const) {
      await ask(`${edge.url}/images/${bytes}`);
      const again = await ask(`${edge.url}/images/${bytes}`);
      expect([again.body.length, xCache(again)]).toEqual([bytes, second]);
    }
  },
);

it('throws out what was not asked for the longest when its bytes are used up', async () => {
  const upstream = await sized(true);
  const edge = await startEdge([upstream.url], { cacheBytes: 350_000 });
  const get = async (name: string) => xCache(await ask(`${edge.url}/images/100000${name}`));
  for (const name of ['a', 'b', 'c']) expect(await get(name)).toBe('Miss');
  expect(await get('a')).toBe('Hit');
  expect(await get('d')).toBe('Miss'); // takes the place of b
  expect(await get('a')).toBe('Hit');
  expect(await get('b')).toBe('Miss');
});

it('keeps nothing when it may use no memory', async () => {
  const upstream = await sized(true);
  const edge = await startEdge([upstream.url], { cacheBytes: 0 });
  expect(xCache(await ask(`${edge.url}/images/10`))).toBe('Miss');
  expect(xCache(await ask(`${edge.url}/images/10`))).toBe('Miss');
});
