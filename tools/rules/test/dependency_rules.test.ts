import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FIXTURE = fileURLToPath(new URL('../fixtures/workspace', import.meta.url));

let dir: string;
let found: Record<string, string[]>;

/** Lints a workspace full of violations with the repository's own rules. */
beforeAll(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'rules-')));
  cpSync(FIXTURE, dir, { recursive: true });
  for (const file of ['.oxlintrc.json', 'nx.json', 'tsconfig.base.json'])
    cpSync(join(ROOT, file), join(dir, file));
  linkModules();
  const lint = spawnSync(
    join(ROOT, 'node_modules/.bin/nx'),
    ['run-many', '-t', 'lint', '--skip-nx-cache', '--output-style=stream'],
    {
      cwd: dir,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NX_DAEMON: 'false', NO_COLOR: '1' },
    },
  );
  found = problemsByFile(`${lint.stdout}\n${lint.stderr}`);
}, 60_000);

afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** All packages of the repository, but its own, and those of the fixture. */
function linkModules(): void {
  const modules = join(dir, 'node_modules');
  mkdirSync(join(modules, '@fixture'), { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (name !== '@groundwork' && name !== '.package-lock.json')
      symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  for (const path of ['apps/one', 'apps/two', 'libs/shelf', 'libs/contracts', 'infra']) {
    symlinkSync(join(dir, path), join(modules, '@fixture', path.split('/').at(-1) ?? ''));
  }
}

/** `src/x.ts:1:8: message [Error/rule]` → file name → rules */
function problemsByFile(output: string): Record<string, string[]> {
  const byFile: Record<string, string[]> = {};
  for (const [, file = '', rule = ''] of output.matchAll(/(\S+)\.ts:\d+:\d+: .*\[Error\/([^\]]+)\]/g)) {
    const name = file.split('/').at(-1) ?? file;
    byFile[name] = [...(byFile[name] ?? []), rule];
  }
  return byFile;
}

describe('the dependency rules fire', () => {
  it.each([
    ['an app importing an app', 'imports-an-app', 'nx(enforce-module-boundaries)'],
    ['reaching into a lib past its exports', 'reaches-into-a-lib', 'nx(enforce-module-boundaries)'],
    ['reading the environment outside main.ts', 'reads-the-environment', 'node(no-process-env)'],
    ['domain doing I/O', 'does-io', 'eslint(no-restricted-imports)'],
    ['domain importing a framework', 'imports-a-framework', 'eslint(no-restricted-imports)'],
    ['domain importing an SDK', 'imports-an-sdk', 'eslint(no-restricted-imports)'],
    ['domain importing an adapter', 'imports-an-adapter', 'eslint(no-restricted-imports)'],
    ['contracts importing anything but zod', 'imports-a-library', 'eslint(no-restricted-imports)'],
    ['infra importing anything but contracts', 'imports-a-lib', 'nx(enforce-module-boundaries)'],
  ])('on %s', (_violation, file, rule) => {
    expect(found[file]).toContain(rule);
  });

  it('on a lib importing an app, as on an app importing an app', () => {
    expect(
      found['imports-an-app']?.filter((rule) => rule === 'nx(enforce-module-boundaries)').length,
    ).toBeGreaterThanOrEqual(2);
  });

  it('and on nothing else', () => {
    expect(Object.keys(found).toSorted()).toEqual([
      'does-io',
      'imports-a-framework',
      'imports-a-lib',
      'imports-a-library',
      'imports-an-adapter',
      'imports-an-app',
      'imports-an-sdk',
      'reaches-into-a-lib',
      'reads-the-environment',
    ]);
  });
});
