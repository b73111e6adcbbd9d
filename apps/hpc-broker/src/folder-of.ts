import { existsSync } from 'node:fs';

/** What is read at run time: beside the bundle, or beside the sources, where a folder of programs may have the same name. */
export function folderOf(name: string, mainUrl: string): URL {
  const sources = new URL(`../${name}/`, mainUrl);
  return mainUrl.endsWith('.ts') && existsSync(sources) ? sources : new URL(`${name}/`, mainUrl);
}
