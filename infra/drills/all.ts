import { ELASTIC_IP } from './elastic-ip.ts';
import { ONE_INSTANCE } from './one-instance.ts';
import { VOLUME } from './volume.ts';
import type { Drills, Report } from './report.ts';

const of = (architecture: string, drills: Drills): [string, () => Promise<Report>][] =>
  Object.entries(drills).map(([what, play]) => {
    const name = `${architecture}: ${what}`;
    return [name, () => play(name)];
  });

/** All drills, by the name of their architecture and what happens. */
export const DRILLS: ReadonlyMap<string, () => Promise<Report>> = new Map([
  ...of('elastic-ip-failover', ELASTIC_IP),
  ...of('one-instance', ONE_INSTANCE),
  ...of('one-instance-with-volume', VOLUME),
]);
