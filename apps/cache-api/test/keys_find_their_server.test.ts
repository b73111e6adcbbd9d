import { describe, expect, it } from 'vitest';
import { pick } from '../src/adapters/memcached/rendezvous.ts';

const servers = ['10.0.0.1:11211', '10.0.0.2:11211', '10.0.0.3:11211', '10.0.0.4:11211'].map((name) => ({
  name,
}));
const keys = Array.from({ length: 10_000 }, (_, at) => `{k:${at}}`);

describe('keys', () => {
  it('are spread evenly', () => {
    for (const { name } of servers) {
      const share = keys.filter((key) => pick(servers, key).name === name).length / keys.length;
      expect(share).toBeGreaterThan(0.23);
      expect(share).toBeLessThan(0.27);
    }
  });

  it('stay where they are when another server goes, in whatever order servers are named', () => {
    const [gone, ...left] = servers;
    for (const key of keys) {
      const before = pick(servers, key);
      if (before !== gone) expect(pick(left.toReversed(), key)).toBe(before);
    }
  });
});
