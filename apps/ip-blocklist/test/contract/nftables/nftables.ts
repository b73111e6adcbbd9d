import { describe, expect } from 'vitest';
import { createNft } from '../../../src/adapters/nftables/nft.ts';
import { Nftables } from '../../../src/adapters/nftables/nftables.ts';
import type { Coverage } from '../../../src/domain/networks.ts';
import type { Suite } from '@groundwork/service/testing/contract';
import { converge, expectInForce, lookingAt, wanting } from '../converge.ts';
import { TABLE, type NftPlace } from './place.ts';

/** Which sets are written on the way. */
async function written(place: NftPlace, enforcer: Nftables, wanted: Coverage): Promise<string[]> {
  const names: string[] = [];
  await converge(place, enforcer, wanted, {
    perform: async (write) => {
      names.push(`${write.part?.name} ${write.urgency}`);
      await write.perform();
    },
  });
  return names;
}

const looking = async (place: NftPlace): Promise<Nftables> => (await lookingAt(place)) as Nftables;

/** Networks that nothing can merge, and a few single addresses. */
const LIST = [
  ...Array.from({ length: 300 }, (_, i) => `10.${i >> 7}.${(i & 127) * 2}.0/24`),
  '198.51.100.1/32',
  '198.51.100.3/32',
];

/** What is so only of nftables. */
export const describeNftables: Suite<NftPlace> = (test) => {
  describe('a table of nftables', () => {
    test('takes and loses single addresses without writing networks anew', async (place) => {
      const enforcer = await looking(place);
      expect((await written(place, enforcer, wanting(LIST))).toSorted()).toEqual([
        'ranges4 add',
        'singles4 add',
      ]);
      // It would make a /31 with another one.
      expect(await written(place, enforcer, wanting([...LIST, '198.51.100.0/32']))).toEqual(['singles4 add']);
      expect(await written(place, enforcer, wanting(LIST))).toEqual(['singles4 remove']);
    });

    test('writes networks anew in one transaction when something in them has to go', async (place) => {
      const enforcer = await looking(place);
      await converge(place, enforcer, wanting(LIST));
      expect(await written(place, enforcer, wanting(LIST, ['10.0.0.9/32']))).toEqual(['ranges4 remove']);
      expect(await written(place, enforcer, wanting(LIST))).toEqual(['singles4 add']);
    });

    test('moves what the hash set has too much of into networks', async (place) => {
      const enforcer = await looking(place);
      const odd = Array.from({ length: 2_100 }, (_, i) => `10.9.${i >> 7}.${(i & 127) * 2}`);
      const even = odd.map((one) => one.replace(/\d+$/, (last) => String(Number(last) + 1)));
      await converge(place, enforcer, wanting([...LIST, ...odd]));
      for (const part of [0, 1, 2, 3, 4, 5, 6, 7, 8]) {
        await converge(place, enforcer, wanting([...LIST, ...odd, ...even.slice(0, 250 * part)]));
      }
      expect(await written(place, enforcer, wanting([...LIST, ...odd, ...even]))).toEqual([
        'ranges4 add',
        'singles4 tidy',
      ]);
    });

    test('that somebody has taken away or emptied is there again', async (place) => {
      const enforcer = await looking(place);
      const { held } = place.words;
      await converge(place, enforcer, held);
      expect(await enforcer.glance()).toEqual({ packets: 0, bytes: 0 });
      for (const harm of [`delete table inet ${TABLE}`, `flush chain inet ${TABLE} drop_listed`]) {
        place.namespace.nft(harm);
        expect(await enforcer.glance()).toBeUndefined();
        await enforcer.observe();
        await converge(place, enforcer, held);
        expect(await enforcer.glance()).toBeDefined();
      }
    });

    test('is taken away when that is asked for, whether it is there or not', async (place) => {
      const enforcer = await looking(place);
      await converge(place, enforcer, place.words.held);
      await enforcer.remove();
      await enforcer.remove();
      await expectInForce(place, wanting([]));
    });

    test('of which nft is not there or may do nothing says what to do', async () => {
      const absent = new Nftables(createNft('/nowhere/nft'), TABLE);
      await expect(absent.observe()).rejects.toThrow('install nftables, or say with NFT_BINARY');
    });
  });
};
