import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Each `bench/<name>.ts` of each workspace package, by name. Folders below `bench/` hold what they share. */
export function findBenchmarks(root: string): Map<string, string> {
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    workspaces: string[];
  };
  const found = new Map<string, string>();
  for (const folder of workspaces.flatMap((pattern) => packagesIn(root, pattern))) {
    const dir = join(folder, 'bench');
    if (!existsSync(dir)) continue;
    for (const file of readdirSync(dir)
      .filter((name) => name.endsWith('.ts'))
      .toSorted()) {
      const name = basename(file, '.ts');
      const other = found.get(name);
      if (other !== undefined) throw new Error(`${name} is there twice: ${other} and ${join(dir, file)}`);
      found.set(name, join(dir, file));
    }
  }
  return found;
}

/** `apps/*` → every folder in apps; `infra` → itself. */
function packagesIn(root: string, pattern: string): string[] {
  if (!pattern.endsWith('/*')) return [join(root, pattern)];
  const parent = join(root, pattern.slice(0, -2));
  if (!existsSync(parent)) return [];
  return readdirSync(parent).map((name) => join(parent, name));
}
