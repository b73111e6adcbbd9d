import type { EngineView } from '@groundwork/contracts';
import { num, plural } from '../planner/span.ts';
import type { JobFacts } from './facts.ts';
import type { Because } from './finding.ts';

interface Amounts {
  cores: number;
  memoryMiB: number;
  gpus: number;
}

const UNITS = [
  ['cores', (count: number) => plural(count, 'core')],
  ['memoryMiB', (count: number) => `${num(count)} MiB of memory`],
  ['gpus', (count: number) => plural(count, 'GPU')],
] as const;

/** Where each open engine lacks something; nothing when one has room. */
export function whyNoRoom({ engines, job }: JobFacts): Because[] {
  const open = engines.filter(({ isAlive, closed }) => isAlive && closed === null);
  const lacks = open.map((engine) => lackOf(engine, neededAt(engine, job)));
  if (lacks.some(({ texts }) => texts.length === 0)) return [];
  const isTooLarge = lacks.every(({ forEver }) => forEver);
  return [
    {
      because: `no room: needs ${lacks.flatMap(({ texts }) => texts).join('; ')}`,
      next: isTooLarge
        ? `an engine of ${job.pool} that is large enough; none of those that are alive ever is`
        : `something ends at an engine of ${job.pool}`,
    },
  ];
}

/** A gang that is larger than an engine takes all of it: its ranks share cores there. */
function neededAt({ cores }: EngineView, { needs, spec }: JobFacts['job']): Amounts {
  return spec.mpi === undefined ? needs : { ...needs, cores: Math.min(needs.cores, cores) };
}

function lackOf(engine: EngineView, needs: Amounts): { texts: string[]; forEver: boolean } {
  const free = { cores: engine.freeCores, memoryMiB: engine.freeMemoryMiB, gpus: engine.freeGpus };
  const lacking = UNITS.filter(([key]) => needs[key] > free[key]);
  return {
    texts: lacking.map(
      ([key, unit]) =>
        `${unit(needs[key])}, and ${engine.name} has ${num(Math.max(0, free[key]))} free of ${num(engine[key])}`,
    ),
    forEver: lacking.some(([key]) => needs[key] > engine[key]),
  };
}
