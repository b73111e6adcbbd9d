import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Where those of a package are, once they are made. */
const DIRECTORY = 'TEST_PROGRAMS';
const SOURCES = /^(?!.*\/node_modules\/).*\.ts$/;

/**
 * For a global setup: puts each of these TypeScript files of the package, with all that it imports, into one file of
 * JavaScript. Tests that start processes by the dozen spend most of their time on loading a thousand modules each.
 * `import.meta.url` in them stays that of the source, so that what is read from beside it is found.
 */
export async function makePrograms(
  sources: readonly string[],
  external: readonly string[] = [],
): Promise<void> {
  const { build } = await import('vite');
  const packageDir = process.cwd();
  const directory = join(packageDir, 'node_modules/.cache/test-programs');
  const made = await build({
    configFile: false,
    logLevel: 'warn',
    root: packageDir,
    plugins: [
      {
        name: 'import.meta.url of the source',
        enforce: 'pre',
        transform: {
          filter: { id: SOURCES, code: 'import.meta.url' },
          handler: (code, id) => ({
            code: code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href)),
            map: null,
          }),
        },
      },
    ],
    ssr: { noExternal: true, external: ['vite', 'vitest', 'pg-native', ...external] },
    build: {
      ssr: true,
      write: false,
      target: 'node24',
      minify: false,
      rolldownOptions: {
        input: Object.fromEntries(sources.map((file) => [nameOf(file), join(packageDir, file)])),
        output: { entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
      },
    },
  });
  const files = [made].flat().flatMap((one) => ('output' in one ? one.output : []));
  mkdirSync(directory, { recursive: true });
  const old = new Set(readdirSync(directory));
  for (const file of files) {
    if (file.type !== 'chunk') continue;
    put(join(directory, file.fileName), file.code);
    old.delete(file.fileName);
  }
  for (const name of old) rmSync(join(directory, name), { force: true });
  // oxlint-disable-next-line node/no-process-env -- only tests get here, whose processes inherit it
  process.env[DIRECTORY] = directory;
}

/** What to start instead of a source, given by its URL: what was made of it, or itself. */
export function programOf(source: URL): string {
  const file = fileURLToPath(source);
  // oxlint-disable-next-line node/no-process-env -- only tests get here
  const directory = process.env[DIRECTORY];
  const made = directory === undefined ? undefined : join(directory, `${nameOf(file)}.mjs`);
  return made !== undefined && existsSync(made) ? made : file;
}

/** Of `../../test/support/a.ts`: test-support-a. */
const nameOf = (file: string): string =>
  relative(process.cwd(), file)
    .replace(/\.ts$/, '')
    .replace(/^[./\\]+/, '')
    .replaceAll(/[/\\]/g, '-');

/** Whole or not at all, as another run of the same tests may be reading it; and untouched where it is the same. */
function put(file: string, text: string): void {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  writeFileSync(`${file}.${process.pid}`, text);
  renameSync(`${file}.${process.pid}`, file);
}
