import { parseInstanceTable, type InstanceTable } from './instance-table.ts';
import { parseServices, type Services } from './services.ts';

/** What is offered in a region, what it costs and what it can do, each with its source and date. */
export interface Catalogue {
  region: string;
  instances: InstanceTable;
  services: Services;
}

export function catalogueOf(instances: string, services: string): Catalogue {
  const parsed = parseServices(services);
  return { region: parsed.region, instances: parseInstanceTable(instances), services: parsed };
}
