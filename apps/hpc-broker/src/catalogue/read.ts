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
