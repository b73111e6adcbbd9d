import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse, type ProblemCode } from '../src/index.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(`${ROOT}README.md`, 'utf8');

it('the example prints what its comments say', () => {
  const [, code = ''] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module-typescript', '--eval', code], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { NO_COLOR: '1' },
    timeout: 20_000,
  });
  const said = [...code.matchAll(/^\/\/ (.*)$/gm)].map(([, text]) => text);
  expect(stdout.trimEnd().split('\n'), stderr).toEqual(said);
});

it('every problem in the table is what its example is refused for', () => {
  const rows = [...readme.matchAll(/^\| `([a-z0-9-]+)` +\| `(.*?)` +\|/gm)];
  expect(rows.length).toBeGreaterThan(10);
  for (const [, code, example = ''] of rows) {
    const parsed = parse(example);
    expect(!parsed.ok && parsed.problem.code).toBe(code as ProblemCode);
  }
});
