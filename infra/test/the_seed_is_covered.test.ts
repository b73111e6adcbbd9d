import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { EXAMPLES } from '../architectures/all.ts';
import { stages } from '../parameters.ts';

const FILE = fileURLToPath(new URL('../../docs/seed-map.md', import.meta.url));
const ARCHITECTURES = fileURLToPath(new URL('../architectures', import.meta.url));

interface Row {
  says: string;
  links: string[];
  example: string;
}

/** The rows of all its tables, but for their heads. */
const rows: Row[] = readFileSync(FILE, 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|') && !/^\| (the seed says|-)/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, says = '', does = '', example = '']) => ({
    says,
    links: [...does.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link),
    example: example.replaceAll('`', ''),
  }));

/** As GitHub makes them of headings. */
const anchorsOf = (markdown: string): string[] =>
  [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\- ]/gu, '')
      .replaceAll(' ', '-'),
  );

describe('each line of the seed', () => {
  it('is in one of the tables', () => {
    expect(rows.length).toBeGreaterThan(45);
  });

  it.each(rows.map((row) => [row.says, row] as const))('%s', (_says, { links, example }) => {
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) {
      const [path = '', anchor] = link.split('#');
      const target = join(dirname(FILE), path);
      expect(existsSync(target), link).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(readFileSync(target, 'utf8')), link).toContain(anchor);
    }
    // The validator and cdk-nag read all of these: the_whole_is_sound.
    expect([...Object.keys(EXAMPLES), ...Object.keys(stages)]).toContain(example);
  });
});

describe('each architecture', () => {
  const folders = readdirSync(ARCHITECTURES).filter((name) =>
    statSync(join(ARCHITECTURES, name)).isDirectory(),
  );

  it('has an example, that is in the list', () => {
    expect(folders.toSorted()).toEqual(Object.keys(EXAMPLES).toSorted());
  });

  it('is in the tables', () => {
    const named = new Set(rows.map(({ example }) => example));
    expect(Object.keys(EXAMPLES).filter((name) => !named.has(name))).toEqual([]);
  });

  it.each(folders)('%s has a README that says what it costs', (name) => {
    const readme = readFileSync(join(ARCHITECTURES, name, 'README.md'), 'utf8');
    expect(readme).toMatch(/^## What it costs$/m);
    expect(readme).toContain('2026-11');
  });
});
