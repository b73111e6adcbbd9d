import { TIMES } from '../catalogue.ts';
import type { Instance } from '../processes/instance.ts';
import type { Soak } from '../soak.ts';
import type { Fault } from './fault.ts';

const DRAIN_MS = 12_000;
const HANGS_MS = (TIMES.leaseSeconds + 1) * 1_000;

/** A never ends, so that its memory can be watched from the beginning to the end; B does. */
const staying = ({ world }: Soak): Instance => world.instances[0]!;
const ending = ({ world }: Soak): Instance => world.instances[1]!;

export const OF_INSTANCES: readonly Fault[] = [
  {
    // So long that another one leads, if it was the leader.
    name: 'instance hangs',
    mayFail: true,
    extraMs: HANGS_MS + 1_000,
    async run(soak, pause) {
      const one = staying(soak);
      one.pause();
      await pause(HANGS_MS);
      one.resume();
    },
  },
  {
    name: 'instance dies',
    mayFail: false,
    // Its leases end by themselves: a load and 1 s more, and up to 2 s with memcached.
    extraMs: TIMES.hard + 1_000 + 2_000,
    async run(soak, pause) {
      const one = ending(soak);
      await one.end('SIGKILL');
      await pause(1_000);
      await one.start();
    },
  },
  {
    name: 'instance drains',
    mayFail: false,
    extraMs: 0,
    async run(soak, pause) {
      const one = ending(soak);
      const code = await one.end('SIGTERM');
      const ms = performance.now() - one.endedAt;
      if (code !== 0 || ms > DRAIN_MS) {
        soak.broken.add('drain', `${one.name} ended with ${code} ${ms.toFixed(0)} ms after SIGTERM`);
      }
      await pause(500);
      await one.start();
    },
  },
];
