import type { Round } from './comparing.ts';
import type { Dispatched } from './dispatching.ts';
import { cpu, median, rate, ratio, type Figure } from './figure.ts';
import type { LocalRate } from './local-rate.ts';
import type { XargsRate } from './xargs.ts';

/** Of the rate of its spawner a broker leaves that much; and neither heap nor history changes what a job costs. */
const LEAST = { atLeast: 0.6 };
const UNCHANGED = { atMost: 1.1 };

/** Medians of the rounds; of a ratio, that of the ratios within each round, as what else goes on changes. */
export function figuresOf(
  rounds: readonly Round[],
  { heapMb, rows }: { heapMb: number; rows: number },
): Figure[] {
  const of = (value: (round: Round) => number): number => median(rounds.map(value));
  const bare = (name: keyof LocalRate): number => of((round) => round.bare[name]);
  const xargs = (name: keyof XargsRate): number => of((round) => round.xargs[name]);
  const toBare = (part: 'array' | 'singles'): number =>
    of((round) => round[part].perSecond / round.bare.perSecond);
  const own = ({ broker, spawner }: Dispatched): number => broker + spawner;
  const ownTo = (part: 'heavy' | 'old'): number => of((round) => own(round[part]) / own(round.singles));
  const storeTo = of(({ old, singles }) => old.store / singles.store);
  const dispatched = (what: string, part: 'array' | 'singles'): Figure[] => {
    const each = (name: keyof Dispatched): number => of((round) => round[part][name]);
    return [
      cpu(`${what}: broker, per job`, each('broker')),
      cpu(`${what}: spawner, per job`, each('spawner')),
      cpu(`${what}: what it starts, per job`, each('started')),
      cpu(`${what}: Postgres, per job`, each('store')),
      rate(`${what}: rate`, each('perSecond')),
    ];
  };
  return [
    ...dispatched('array', 'array'),
    ...dispatched('single jobs', 'singles'),
    cpu('spawner alone: its client, per job', bare('client')),
    cpu('spawner alone: spawner, per job', bare('spawner')),
    cpu('spawner alone: what it starts, per job', bare('started')),
    rate('spawner alone: rate', bare('perSecond')),
    cpu('xargs -n1 -P2 true: all of it, per job', xargs('cpu')),
    rate('xargs -n1 -P2 true: rate', xargs('perSecond')),
    ratio('rate of an array, to the spawner alone', toBare('array'), LEAST),
    ratio('rate of single jobs, to the spawner alone', toBare('singles'), LEAST),
    ratio(`broker and spawner with ${heapMb} MB of heap, to without`, ownTo('heavy'), UNCHANGED),
    ratio(`broker and spawner with ${rows} rows of history, to without`, ownTo('old'), UNCHANGED),
    ratio(`Postgres with ${rows} rows of history, to without`, storeTo, UNCHANGED),
  ];
}
