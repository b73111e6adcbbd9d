import { describe, expect } from 'vitest';
import { NOTHING, setOf } from '../../../src/domain/networks.ts';
import { Conflict, LimitReached, Throttled, type Write } from '../../../src/ports/enforcer.ts';
import type { Suite } from '@groundwork/service/testing/contract';
import { everybody, port, type GroupPlace } from './place.ts';

async function looking(place: GroupPlace, admits?: 'cloudfront' | 'load balancer') {
  const enforcer = place.enforcer(admits);
  await enforcer.observe();
  return enforcer;
}

async function converge(
  enforcer: Awaited<ReturnType<typeof looking>>,
  perform = (write: Write) => write.perform(),
): Promise<string[]> {
  const operations: string[] = [];
  for (let [write] = enforcer.next(NOTHING); write !== undefined; [write] = enforcer.next(NOTHING)) {
    operations.push(write.operation);
    if (operations.length > 20) throw new Error('it comes to no end');
    await perform(write);
  }
  return operations;
}

const sourcesOf = async (place: GroupPlace): Promise<string[]> =>
  (await place.rules())
    .map(({ FromPort, PrefixListId, ReferencedGroupInfo, CidrIpv4 }) => {
      const source = PrefixListId ?? ReferencedGroupInfo?.GroupId ?? CidrIpv4;
      return `${FromPort} ${source}`;
    })
    .toSorted();

/** It denies nothing, so it has a contract of its own. */
export const describeGroup: Suite<GroupPlace> = (test) => {
  describe('a security group', () => {
    test('comes to admit CloudFront to its port, and nobody else', async (place) => {
      await place.add({ ...port(443), ...everybody });
      const operations = await converge(await looking(place));
      // Who may get in gets in before anybody is kept out.
      expect(operations.at(-1)).toBe('RevokeSecurityGroupIngress');
      expect(await sourcesOf(place)).toEqual([`443 ${place.list}`]);
    });

    test('comes to admit the load balancer, and not CloudFront', async (place) => {
      await converge(await looking(place));
      await converge(await looking(place, 'load balancer'));
      expect(await sourcesOf(place)).toEqual([`443 ${place.loadBalancer}`]);
    });

    test('can block nothing itself, and holds what else is let in as an allow', async (place) => {
      const enforcer = await looking(place);
      await converge(enforcer);
      const { block, allow, countries } = enforcer.capacity();
      expect([block, allow, countries]).toEqual([{ v4: 0, v6: 0 }, { v4: 0, v6: 0 }, 0]);
      expect(enforcer.parts()).toMatchObject([{ action: 'allow', networks: [] }]);
      await place.add({ ...port(443), ...everybody });
      await enforcer.observe();
      expect(enforcer.parts()).toMatchObject([{ action: 'allow', networks: ['0.0.0.0/1', '128.0.0.0/1'] }]);
      expect(await converge(enforcer)).toEqual(['RevokeSecurityGroupIngress']);
    });

    test('makes again what somebody has taken away', async (place) => {
      const enforcer = await looking(place);
      await converge(enforcer);
      await place.clear();
      await enforcer.observe();
      await converge(enforcer);
      expect(await sourcesOf(place)).toHaveLength(1);
    });

    test('leaves rules about other ports alone, and says when one is wider than its own', async (place) => {
      await place.add({ ...port(22), IpRanges: [{ CidrIp: '198.51.100.0/24' }] });
      await place.add({ ...port(0, 65_535), IpRanges: [{ CidrIp: '192.0.2.0/24' }] });
      const enforcer = await looking(place);
      await converge(enforcer);
      expect(await sourcesOf(place)).toEqual(['0 192.0.2.0/24', '22 198.51.100.0/24', `443 ${place.list}`]);
      expect(enforcer.conditions()).toEqual([
        expect.objectContaining({
          severity: 'note',
          message: expect.stringContaining('192.0.2.0/24') as string,
        }),
      ]);
    });

    test('lets in what it is asked to let in besides, as when it goes back to what was before', async (place) => {
      const enforcer = await looking(place);
      await converge(enforcer);
      const before = { ...NOTHING, allow: setOf(['198.51.100.0/24']) };
      for (let [write] = enforcer.next(before); write !== undefined; [write] = enforcer.next(before)) {
        await write.perform();
      }
      expect(await sourcesOf(place)).toEqual(['443 198.51.100.0/24', `443 ${place.list}`]);
      expect(enforcer.parts()).toMatchObject([{ networks: ['198.51.100.0/24'] }]);
      await converge(enforcer);
      expect(await sourcesOf(place)).toEqual([`443 ${place.list}`]);
    });

    test('that is deleted and made anew is kept by the same enforcer', async (place) => {
      const enforcer = await looking(place);
      await converge(enforcer);
      await place.makeAnew();
      await enforcer.observe();
      await converge(enforcer);
      expect(enforcer.parts()).toMatchObject([{ networks: [] }]);
      expect(enforcer.next(NOTHING)).toEqual([]);
    });

    test('writes nothing more when it is as it should be', async (place) => {
      await converge(await looking(place));
      expect((await looking(place)).next(NOTHING)).toEqual([]);
    });

    test('rejects a write made on an outdated picture with Conflict', async (place) => {
      const enforcer = await looking(place);
      const [write] = enforcer.next(NOTHING);
      await place.add({ ...port(22), ...everybody });
      await expect(write?.perform()).rejects.toThrow(Conflict);
      expect(await place.rules()).toHaveLength(1);
    });

    test('says Throttled when a call was one too many', async (place) => {
      const enforcer = await looking(place);
      const [write] = enforcer.next(NOTHING);
      place.fault('throttle', write?.operation ?? '');
      await expect(write?.perform()).rejects.toThrow(Throttled);
      await converge(enforcer);
    });

    test('shows what was done when it looks again after a lost answer', async (place) => {
      await place.add({ ...port(443), ...everybody });
      const enforcer = await looking(place);
      await converge(enforcer, async (write) => {
        place.fault('lost-response', write.operation);
        const error = await write.perform().catch((cause: unknown) => cause);
        for (const kind of [Conflict, Throttled, LimitReached]) expect(error).not.toBeInstanceOf(kind);
        await enforcer.observe();
      });
      expect(await sourcesOf(place)).toHaveLength(1);
    });

    test('says LimitReached when the list of CloudFront does not fit beside what is there', async (place) => {
      const ranges = Array.from({ length: 30 }, (_, i) => ({ CidrIp: `198.51.${i}.0/24` }));
      await place.add({ ...port(22), IpRanges: ranges });
      const [write] = (await looking(place)).next(NOTHING);
      await expect(write?.perform()).rejects.toThrow(LimitReached);
    });
  });
};
