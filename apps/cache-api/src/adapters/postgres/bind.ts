import { SourceUnavailable } from '../../ports/source.ts';
import type { BoundResource } from '../../domain/resources/bound.ts';
import type { Resource } from '../../domain/resources/resource.ts';
import { bindQuery } from './bind-query.ts';
import { bindTable } from './bind-table.ts';
import { explainMissing, readTables, type CatalogTable } from './catalog.ts';
import type { Pools } from './pools.ts';
import { ResourceSource } from './resource-source.ts';

/**
 * Holds what is declared against the catalog, and tries each with no ids at all. Rejects with an Error that names
 * everything that does not fit, or with SourceUnavailable.
 */
export async function bindResources(pools: Pools, resources: readonly Resource[]): Promise<BoundResource[]> {
  const tables = await readTables(pools.work, resources.flatMap(tablesOf));
  const bound: BoundResource[] = [];
  const problems: string[] = [];
  for (const resource of resources) {
    try {
      const found = await bind(pools, resource, tables);
      await new ResourceSource(found, pools).load([], new AbortController().signal);
      bound.push(found);
    } catch (error) {
      if (error instanceof SourceUnavailable) throw error;
      problems.push(`  ${resource.name}: ${(error as Error).message}`);
    }
  }
  if (problems.length === 0) return bound;
  throw new Error(`The cache file does not fit the database:\n${problems.join('\n')}`);
}

function tablesOf(resource: Resource): string[] {
  return resource.kind === 'table' ? [resource.table] : resource.dependsOn.map(({ table }) => table);
}

async function bind(
  { work }: Pools,
  resource: Resource,
  tables: ReadonlyMap<string, CatalogTable>,
): Promise<BoundResource> {
  for (const name of tablesOf(resource)) {
    if (!tables.has(name)) throw new Error(await explainMissing(work, name));
  }
  return resource.kind === 'table'
    ? bindTable(resource, tables.get(resource.table)!)
    : bindQuery(work, resource, tables);
}
