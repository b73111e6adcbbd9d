import { isSkipped } from '@groundwork/service/testing';
import fc from 'fast-check';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KINDS, openPlace } from './contract/subjects.ts';
import type { Place } from './contract/place.ts';
import { History, type Step } from './model/history.ts';
import type { TestServer } from './support/servers.ts';

const keys = fc.constantFrom('a', 'b', 'c');
const pause = fc.integer({ min: 0, max: 3 });

const steps = fc.array(
  fc.record<Step>({
    client: fc.integer({ min: 0, max: 2 }),
    key: keys,
    what: fc.oneof(
      { weight: 6, arbitrary: fc.constant('load' as const) },
      { weight: 3, arbitrary: fc.constantFrom('change, by key', 'change, by tag', 'change, by namespace') },
      { weight: 2, arbitrary: fc.constant('write through' as const) },
      { weight: 1, arbitrary: fc.constantFrom('evict', 'evict a tag', 'pass time') },
    ),
    /** Before it begins, and between its lease and its fill, in ms. */
    pauses: fc.tuple(pause, pause),
  }),
  { minLength: 20, maxLength: 60 },
);

for (const kind of [KINDS.redis, KINDS.memcached, KINDS.twoMemcached]) {
  describe.skipIf(isSkipped(kind))(`on ${kind.name}`, () => {
    let servers: TestServer[] = [];
    beforeAll(async () => {
      servers = await kind.servers();
    });
    afterAll(() => Promise.all(servers.map((server) => server.kill())));

    it('a look never gives what was there before an acknowledged invalidation', async () => {
      await fc.assert(
        fc.asyncProperty(steps, async (history) => {
          const place = openPlace(kind, servers);
          try {
            expect(await play(place, history)).toEqual([]);
          } finally {
            await place.close();
          }
        }),
        { numRuns: 25, endOnFailure: true },
      );
    });
  });
}

/** All at once, each after its pause: which command comes first is up to the machine. What was seen and is too old. */
async function play(place: Place, history: readonly Step[]): Promise<string[]> {
  const model = new History(place, [await place.store(), await place.store(), await place.store()]);
  const lanes = [0, 1, 2, 3, 4, 5].map(async (lane) => {
    for (const step of history.filter((_, at) => at % 6 === lane)) {
      if (step.pauses[0] > 0) await delay(step.pauses[0]);
      await model.run(step);
    }
  });
  await Promise.all(lanes);
  return model.tooOld;
}
