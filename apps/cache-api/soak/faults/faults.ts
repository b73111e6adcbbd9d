import type { Fault } from './fault.ts';
import { OF_DATABASE } from './of-database.ts';
import { OF_INSTANCES } from './of-instances.ts';
import { OF_STORE } from './of-store.ts';

const ALL = [...OF_STORE, ...OF_DATABASE, ...OF_INSTANCES];

/** In an order in which what follows another one has little to do with it. */
export const FAULTS: readonly Fault[] = [
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
