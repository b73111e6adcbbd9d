import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Manifest {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** A package to copy: where it is, and where it goes below `node_modules`. */
export interface Installed {
  from: string;
  to: string;
}

/**
 * The named packages and all that they need, as installed: the versions are those
 * of the lock file, and platform binaries those of this machine. Optional packages
 * that are not installed belong to other platforms.
 */
export function closure(names: readonly string[], fromDir: string): Installed[] {
  const found = new Map<string, Installed>();
  const visit = (name: string, dir: string): void => {
    const location = locate(name, dir);
    if (location === undefined) return;
    const from = realpathSync(location);
    if (found.has(from)) return;
    const to = from.slice(from.indexOf('node_modules/') + 'node_modules/'.length);
    found.set(from, { from, to });
    const manifest = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')) as Manifest;
    for (const needed of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }))
      visit(needed, from);
  };
  for (const name of names) {
    if (locate(name, fromDir) === undefined) throw new Error(`${name} is not installed; run npm ci first`);
    visit(name, fromDir);
  }
  return [...found.values()];
}

/** As Node resolves: the nearest `node_modules` upwards. */
function locate(name: string, dir: string): string | undefined {
  for (let at = dir; ; at = dirname(at)) {
    const candidate = join(at, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
    if (at === dirname(at)) return undefined;
  }
}
