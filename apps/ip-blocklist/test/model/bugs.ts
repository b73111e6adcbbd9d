import { Conflict } from '../../src/ports/enforcer.ts';
import type { Handle, WafApi } from '../../src/adapters/waf/waf-api.ts';
import { setOf } from '../../src/domain/networks.ts';
import type { Sabotage } from './world.ts';

const NOTHING = setOf([]);
/** Calls that fail once one has failed: what is down is down for a while. */
const OUTAGE = 3;
let down = 0;

/** Mistakes of others, and some that we could make. */
export const BUGS: Readonly<Record<string, Sabotage>> = {
  'a list that cannot be read and counts as empty': ({ desire, ...ports }) => ({
    ...ports,
    desire: {
      desire: async (capacity) => {
        try {
          if (down > 0) throw new Error('still down');
          return await desire.desire(capacity);
        } catch {
          down = down === 0 ? OUTAGE : down - 1;
          const none = { block: NOTHING, allow: NOTHING, countries: [] };
          const blocks = { blocks: NOTHING, forced: NOTHING, allows: NOTHING };
          const listing = { ...blocks, countries: [], snapshot: '1:1:' };
          return {
            listing,
            listed: none,
            spared: NOTHING,
            wanted: none,
            destination: { ...none, dropped: NOTHING, collateral: NOTHING, droppedCountries: [] },
          };
        }
      },
    },
  }),
  'a conflict that is answered by sending the same again with a fresh token': ({ api, ...ports }) => ({
    ...ports,
    api: {
      ...methodsOf(api),
      updateIpSet: async (handle: Handle, addresses: string[]) => {
        const waf = api as WafApi;
        try {
          return await waf.updateIpSet(handle, addresses);
        } catch (error) {
          if (!(error instanceof Conflict)) throw error;
          const { LockToken = '' } = await waf.getIpSet(handle);
          return waf.updateIpSet({ ...handle, LockToken }, addresses);
        }
      },
    },
  }),
  'a feed of which every copy is taken for the list': (ports) => ({
    ...ports,
    feed: (feed) => ({
      ...feed,
      guard: {
        ...feed.guard,
        maxShrinkPercent: 100,
        maxBadLinesPercent: 100,
        minEntries: 0,
        widestPrefix: { ipv4: 0, ipv6: 0 },
      },
    }),
  }),
  'a write that is not noted down before it is made': ({ ledger, ...ports }) => ({
    ...ports,
    ledger: { ...methodsOf(ledger), intend: () => Promise.resolve() },
  }),
};

/** The same functions as own members, which a proxy does not give to a spread. */
function methodsOf<T extends object>(port: T): T {
  return Object.fromEntries(Object.keys(port).map((name) => [name, port[name as keyof T]])) as T;
}
