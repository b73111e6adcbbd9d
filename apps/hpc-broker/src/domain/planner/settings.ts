import type { Calibration } from './calibration.ts';

export type Purchase = 'owned' | 'on-demand' | 'spot';

/** What instances are started for: a gang of several nodes, or one node by the way it is bought. */
export type Use = 'gang' | Exclude<Purchase, 'owned'>;

/** A place where jobs can run, as the planner needs to know it. */
export interface EngineOffer {
  name: string;
  kind: 'local' | 'slurm' | 'batch';
  /** All it may have at the same time. Of the cloud this alone counts, as maxvCpus does for Batch. */
  cores: number;
  memoryMiB: number;
  gpus: number;
  /** owned: its machines are there anyway, and no EC2 instance is chosen for them. */
  purchase: readonly Purchase[];
  /** How many machines of its own that is; without it one. */
  nodes?: number;
  /** What an hour of a core of its own costs; without it nothing. */
  usdPerCoreHour?: number;
  /** EC2 instance types, or families, that it may start; without it all of the catalogue. */
  instanceTypes?: readonly string[];
  /** The same where it has machines of its own for each use; those for a use that is not named are any. */
  instanceTypesFor?: Partial<Record<Use, readonly string[]>>;
  /** False: it starts no jobs over several nodes. */
  gangs?: boolean;
  /** Availability zones that its nodes are spread over; without it one. */
  zones?: number;
  /** Whether its nodes start in a cluster placement group; without it they do where that is asked for. */
  placementGroup?: boolean;
  /** Whether MPI ranks may share its cores, so that any number of nodes runs there, only slower. */
  sharesCores?: boolean;
  /** Whether it runs only what names a container image. */
  needsImage?: boolean;
  /** False: the broker neither brings inputs there nor stores outputs. */
  stages?: boolean;
  /** Between machines of its own; without it any. */
  network?: 'any' | 'low-latency' | 'efa';
  /** Why nothing is to begin there at the moment: of one way of buying, or of all. */
  away?: readonly Away[];
}

export interface Away {
  purchase?: Purchase;
  reason: string;
}

/** Undefined: what is planned there may begin. */
export function awayIn({ away = [] }: Pick<EngineOffer, 'away'>, purchase: Purchase): string | undefined {
  return away.find((one) => one.purchase === undefined || one.purchase === purchase)?.reason;
}

/** Instance types, or families; undefined: any. */
export function typesFor(
  { instanceTypes, instanceTypesFor }: EngineOffer,
  use: Use,
): readonly string[] | undefined {
  return instanceTypesFor === undefined ? instanceTypes : instanceTypesFor[use];
}

/** What of an offer does not change with what is free. */
export type OfferDetails = Omit<
  EngineOffer,
  'name' | 'kind' | 'cores' | 'memoryMiB' | 'gpus' | 'nodes' | 'away'
>;

/** What has been observed, by the shape that an option names. */
export interface CalibrationBook {
  of(shape: string): Calibration | undefined;
}

export interface PlannerSettings {
  engines: readonly EngineOffer[];
  region: string;
  now: Date;
  calibration?: CalibrationBook;
}
