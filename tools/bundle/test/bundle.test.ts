import { mkdirSync, mkdtempSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bundle } from '../src/bundle.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bundle-'));
  mkdirSync(join(root, 'app/src'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function install(name: string, manifest: object, files: Record<string, string> = {}): void {
  const dir = join(root, 'node_modules', name);
  mkdirSync(dir, { recursive: true });
  writeFileSync(
    join(dir, 'package.json'),
    JSON.stringify({ name, version: '1.0.0', main: 'index.js', ...manifest }),
  );
  for (const [file, text] of Object.entries(files)) writeFileSync(join(dir, file), text);
}

it('runs from dist alone, with what cannot be bundled and all that it needs beside it', async () => {
  install(
    'native',
    { dependencies: { deep: '1' }, optionalDependencies: { 'native-other-os': '1' } },
    {
      'index.js': "module.exports = 'native ' + require('deep');",
      'index.js.map': '{}',
    },
  );
  install('deep', {}, { 'index.js': "module.exports = 'deep';" });
  install('plain', {}, { 'index.js': "module.exports = 'plain';" });
  writeFileSync(join(root, 'app/package.json'), JSON.stringify({ bundle: { external: ['native'] } }));
  writeFileSync(
    join(root, 'app/src/main.ts'),
    "import { createRequire } from 'node:module'; import native from 'native'; import plain from 'plain'; const n: number = typeof createRequire === 'function' ? 1 : 0; console.log(native, plain, n);",
  );
  const { external } = await bundle(join(root, 'app'));
  rmSync(join(root, 'node_modules'), { recursive: true });
  expect(external).toEqual(['native']);
  expect(execFileSync(process.execPath, [join(root, 'app/dist/main.js')], { encoding: 'utf8' }).trim()).toBe(
    'native deep plain 1',
  );
  expect(existsSync(join(root, 'app/dist/node_modules/native/index.js.map'))).toBe(false);
});

it('makes of every further entry a file that runs by itself', async () => {
  writeFileSync(
    join(root, 'app/package.json'),
    JSON.stringify({ bundle: { entries: { agent: 'src/agent.ts' } } }),
  );
  writeFileSync(join(root, 'app/src/shared.ts'), "export const name: string = 'shared';");
  for (const file of ['main', 'agent']) {
    const text = `import { name } from './shared.ts'; console.log('${file}', name);`;
    writeFileSync(join(root, 'app/src', `${file}.ts`), text);
  }
  await bundle(join(root, 'app'));
  for (const file of ['main', 'agent']) {
    const script = join(root, 'app/dist', `${file}.js`);
    expect(execFileSync(process.execPath, [script], { encoding: 'utf8' }).trim()).toBe(`${file} shared`);
  }
});

it('says what is missing when an external package is not installed', async () => {
  writeFileSync(join(root, 'app/package.json'), JSON.stringify({ bundle: { external: ['absent-package'] } }));
  writeFileSync(join(root, 'app/src/main.ts'), 'console.log(1);');
  await expect(bundle(join(root, 'app'))).rejects.toThrow(
    'absent-package is not installed; run npm ci first',
  );
});
