import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { conditionsOf, reachOf } from '../src/domain/reach.ts';
import { parseTargets } from '../src/domain/target-file/target-file.ts';

const DOCUMENTS = ['../../../docs/ip-blocklist.md', '../README.md'];

const examples = DOCUMENTS.flatMap((path) => {
  const text = readFileSync(new URL(path, import.meta.url), 'utf8');
  return [...text.matchAll(/```yaml\n(targets:\n[\s\S]*?)```/g)].map(([, yaml = ''], i) => ({
    name: `${path.split('/').at(-1)} ${i + 1}`,
    yaml,
  }));
});

describe('a target file in the documentation', () => {
  it('is there for each of the five architectures, and more', () => {
    expect(examples.length).toBeGreaterThanOrEqual(7);
  });

  it.each(examples)('is valid, and nothing in it is out of reach: $name', ({ yaml }) => {
    const targets = parseTargets(yaml);
    expect(targets.length).toBeGreaterThan(0);
    for (const target of targets) {
      expect(conditionsOf(reachOf(target)).filter(({ severity }) => severity === 'blind')).toEqual([]);
    }
  });
});
