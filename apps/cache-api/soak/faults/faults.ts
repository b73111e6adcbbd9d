import type { Fault } from './fault.ts';
import { OF_DATABASE } from './of-database.ts';
import { OF_INSTANCES } from './of-instances.ts';
import { OF_STORE } from './of-store.ts';

const ALL = [...OF_STORE, ...OF_DATABASE, ...OF_INSTANCES];

/** In an order in which what follows another one has little to do with it. */
const FAULTS: readonly Fault[] = [
  'store hangs',
  'walsender is cut',
  'instance dies',
  'store dies',
  'connections are cut',
  'instance hangs',
  'instance drains',
  'store is far away',
  'database restarts',
  'table is locked',
].map((name) => ALL.find((fault) => fault.name === name)!);

/** Those that are named, or all. Throws for a name that there is not. */
export function chosenFaults(names: readonly string[]): readonly Fault[] {
  if (names.length === 0) return FAULTS;
  const unknown = names.find((name) => !FAULTS.some((fault) => fault.name === name));
  if (unknown === undefined) return FAULTS.filter(({ name }) => names.includes(name));
  throw new Error(`There is no fault ${unknown}; there are ${FAULTS.map(({ name }) => name).join(', ')}.`);
}
