import { fit, parseList, type Entries, type Fitted, type FitOptions } from '../../src/index.ts';
import { rows, type Feed } from './data.ts';
import { limited, type Figure } from './figure.ts';
import { cpuMs, median } from './timing.ts';

/** Limit of a WAF IP set, and the rules of a network ACL that are left for denials. */
const [IP_SET, NETWORK_ACL] = [10_000, 18];
/** Found by two programs independently for the copy of ipsum that readFeed knows. */
const KNOWN_COLLATERAL = 1_385n;

export function fitting(feed: Feed, rounds: number): Figure[] {
  const thrice = listedAtLeast(feed, 3);
  const waf = timed(thrice, { mode: 'all', capacity: IP_SET }, rounds);
  const once = listedAtLeast(feed, 1);
  const acl = timed({ ...once, weights: undefined }, { mode: 'some', capacity: NETWORK_ACL }, rounds);
  const figures = [
    limited(`fit the ${thrice.count} listed three times into ${IP_SET}`, waf.ms, ' ms', { atMost: 500 }),
    {
      what: '  its collateral',
      measured: `${waf.fitted.collateral}`,
      ...(feed.known
        ? { limit: `${KNOWN_COLLATERAL}`, held: waf.fitted.collateral === KNOWN_COLLATERAL }
        : {}),
    },
    {
      what: `fit all ${once.count} into the ${NETWORK_ACL} rules of a network ACL`,
      measured: `${acl.ms.toFixed(0)} ms, ${once.count - acl.fitted.uncovered} covered, collateral ${acl.fitted.collateral}`,
    },
  ];
  return figures;
}

function listedAtLeast({ bytes }: Feed, lists: number): Entries {
  const lines = rows(bytes).filter(([, count]) => Number(count) >= lists);
  return parseList(lines.map((line) => line.join('\t')).join('\n')).v4;
}

function timed(entries: Entries, options: FitOptions, rounds: number): { ms: number; fitted: Fitted } {
  let fitted: Fitted | undefined;
  const times = Array.from({ length: rounds }, () =>
    cpuMs(() => {
      const answer = fit(entries, options);
      if (!answer.feasible) throw new Error(answer.message);
      fitted = answer;
    }),
  );
  if (fitted === undefined) throw new Error('There was no round');
  return { ms: median(times), fitted };
}
