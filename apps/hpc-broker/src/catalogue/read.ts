import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { catalogueOf, type Catalogue } from '../domain/catalogue/catalogue.ts';

/** The catalogue of a region. Throws an Error that names the file when there is none, or what is wrong in it. */
export async function readCatalogue(folder: URL, region: string): Promise<Catalogue> {
  const read = async (name: string): Promise<string> => {
    try {
      return await readFile(new URL(name, folder), 'utf8');
    } catch (cause) {
      throw new Error(`There is no catalogue of ${region}: cannot read ${name} in ${folder.pathname}`, {
        cause,
      });
    }
  };
  return catalogueOf(await read(`instances-${region}.csv`), await read(`services-${region}.yaml`));
}

/** Beside the bundle, or beside the sources. */
export function catalogueFolder(mainUrl: string): URL {
  const beside = new URL('catalogue/', mainUrl);
  // In the sources there is a folder of programs of the same name.
  return existsSync(new URL('curated.txt', beside)) ? beside : new URL('../catalogue/', mainUrl);
}
