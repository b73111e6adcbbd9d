import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { closure } from './closure.ts';

/** CommonJS packages inside an ES module bundle still call `require`. */
const REQUIRE =
  "import { createRequire as createBundleRequire } from 'node:module'; const require = createBundleRequire(import.meta.url);";
/** Of no use at run time. */
const LEFT_OUT = /\.map$|\.d\.[cm]?ts$/;

/**
 * Puts a package's `src/main.ts` and all it imports into `dist/main.js`, with
 * what cannot be bundled (native code, files read at run time) beside it in
 * `dist/node_modules`, and its `migrations/`. `"bundle": { "external": [...] }` in package.json names
 * those, `"entries": { "agent": "src/agent/main.ts" }` what becomes `dist/agent.js`, by itself, and
 * `"folders": [...]` what else is read at run time.
 */
export async function bundle(packageDir: string): Promise<{ bytes: number; external: string[] }> {
  const manifest = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')) as {
    bundle?: { external?: string[]; entries?: Record<string, string>; folders?: string[] };
  };
  const external = manifest.bundle?.external ?? [];
  const entries = { main: 'src/main.ts', ...manifest.bundle?.entries };
  const dist = join(packageDir, 'dist');
  rmSync(dist, { recursive: true, force: true });
  const result = await build({
    entryPoints: Object.fromEntries(
      Object.entries(entries).map(([name, file]) => [name, join(packageDir, file)]),
    ),
    outdir: dist,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    sourcemap: 'linked',
    banner: { js: REQUIRE },
    external,
    metafile: true,
    logLevel: 'warning',
  });
  for (const { from, to } of closure(external, packageDir)) {
    cpSync(from, join(dist, 'node_modules', to), {
      recursive: true,
      filter: (path) => !LEFT_OUT.test(path) && !path.slice(from.length).includes('/node_modules'),
    });
  }
  for (const folder of ['migrations', ...(manifest.bundle?.folders ?? [])]) {
    const from = join(packageDir, folder);
    if (existsSync(from)) cpSync(from, join(dist, folder), { recursive: true });
  }
  writeFileSync(join(dist, 'package.json'), '{ "type": "module" }\n');
  return {
    bytes:
      result.metafile.outputs[Object.keys(result.metafile.outputs).find((o) => o.endsWith('/main.js')) ?? '']
        ?.bytes ?? 0,
    external,
  };
}
