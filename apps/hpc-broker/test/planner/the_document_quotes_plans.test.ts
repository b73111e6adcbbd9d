import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { JOBS } from './jobs.ts';

const document = new URL('../../../../docs/hpc-broker.md', import.meta.url);
const folder = new URL('../plans/', import.meta.url);

describe('docs/hpc-broker.md', () => {
  it.each(Object.keys(JOBS))('links the plan of %s, and quotes what was chosen', async (name) => {
    const [text, plan] = await Promise.all([
      readFile(document, 'utf8'),
      readFile(new URL(`${name}.md`, folder), 'utf8'),
    ]);
    const row = text.split('\n').find((line) => line.includes(`test/plans/${name}.md`)) ?? '';
    const [, place, likely] = /^\*\*(.*)\*\*: (likely .*), planned on/m.exec(plan) ?? [];
    expect(row).toContain(place === undefined ? 'refused' : `${place}: ${likely}`);
  });
});
