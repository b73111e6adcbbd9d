import type { Round } from './comparing.ts';
import type { Dispatched } from './dispatching.ts';
import { cpu, median, rate, ratio, type Figure } from './figure.ts';

/** Medians of the rounds; of a ratio, that of the ratios within each round, as what else goes on changes. */
export function figuresOf(
  rounds: readonly Round[],
  { heapMb, rows }: { heapMb: number; rows: number },
): Figure[] {
  const of = (value: (round: Round) => number): number => median(rounds.map(value));
  const dispatched = (what: string, part: (round: Round) => Dispatched): Figure[] => {
    const each = (name: keyof Dispatched): number => of((round) => part(round)[name]);
    return [
      cpu(`${what}: broker, per job`, each('broker')),
      cpu(`${what}: spawner, per job`, each('spawner')),
      cpu(`${what}: what it starts, per job`, each('started')),
      cpu(`${what}: Postgres, per job`, each('store')),
      rate(`${what}: rate`, each('perSecond')),
    ];
  };
  const toBare = (part: (round: Round) => Dispatched): number =>
    of((round) => part(round).perSecond / round.bare.perSecond);
  const own = ({ broker, spawner }: Dispatched): number => broker + spawner;
  const heap = `with ${heapMb} MB of heap`;
  const history = `with ${rows} rows of history`;
  const unchanged = { atMost: 1.1 };
  return [
    ...dispatched('array', ({ array }) => array),
    ...dispatched('single jobs', ({ singles }) => singles),
    cpu(
      'spawner alone: its client, per job',
      of(({ bare }) => bare.client),
    ),
    cpu(
      'spawner alone: spawner, per job',
      of(({ bare }) => bare.spawner),
    ),
    cpu(
      'spawner alone: what it starts, per job',
      of(({ bare }) => bare.started),
    ),
    rate(
      'spawner alone: rate',
      of(({ bare }) => bare.perSecond),
    ),
    cpu(
      'xargs -n1 -P2 true: all of it, per job',
      of(({ xargs }) => xargs.cpu),
    ),
    rate(
      'xargs -n1 -P2 true: rate',
      of(({ xargs }) => xargs.perSecond),
    ),
    ratio(
      'rate of an array, to the spawner alone',
      toBare(({ array }) => array),
      { atLeast: 0.6 },
    ),
    ratio(
      'rate of single jobs, to the spawner alone',
      toBare(({ singles }) => singles),
      { atLeast: 0.6 },
    ),
    ratio(
      `broker and spawner ${heap}, to without`,
      of(({ heavy, singles }) => own(heavy) / own(singles)),
      unchanged,
    ),
    ratio(
      `broker and spawner ${history}, to without`,
      of(({ old, singles }) => own(old) / own(singles)),
      unchanged,
    ),
    ratio(
      `Postgres ${history}, to without`,
      of(({ old, singles }) => old.store / singles.store),
      unchanged,
    ),
  ];
}
